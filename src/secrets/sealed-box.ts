/** Seals small secrets for the store: AES-256-GCM under keys that the store does not have. */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { GatewayError } from '#errors/gateway-error';

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Version, first bytes of the key's hash, and nonce, tag and ciphertext. */
const FORM = /^v1\.([0-9a-f]{8})\.([\w-]+)$/;

/** Seals and opens. Several keys let one take the place of another: the first seals, each opens what it has sealed. */
export class SealedBox {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #sealing: string;

  /** Takes one key at least, each of 32 bytes. */
  constructor(keys: readonly Uint8Array[]) {
    this.#keys = new Map(keys.map((key) => [idOf(key), key]));
    const [first] = this.#keys.keys();
    if (first === undefined) throw new GatewayError('secrets_key', 'there is no key to seal with');
    this.#sealing = first;
  }

  /** Seals a text. `context` says whose secret it is; what was sealed for one place opens in no other. */
  seal(plain: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#keys.get(this.#sealing) as Uint8Array, nonce);
    cipher.setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return `v1.${this.#sealing}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
  }

  /** Opens what `seal` gave for the same context. Throws `secrets_unreadable`. */
  open(sealed: string, context: string): string {
    const [, id = '', text = ''] = FORM.exec(sealed) ?? [];
    const key = this.#keys.get(id);
    if (key === undefined) {
      const detail = id === '' ? 'it is not of the form this version writes' : `the key ${id} is not in the key file`;
      throw new GatewayError('secrets_unreadable', `the secret of ${context} cannot be opened: ${detail}`);
    }
    const bytes = Buffer.from(text, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      const detail = `the secret of ${context} cannot be opened: it was changed, or belongs elsewhere`;
      throw new GatewayError('secrets_unreadable', detail, { cause: error });
    }
  }

  /**
   * Marks a text so that it is known again and cannot be read or guessed without the key: one mark for each key, that of the sealing
   * key first. `context` says what for; marks of one context are of no use in another.
   */
  marks(plain: string, context: string): readonly [string, ...string[]] {
    const ids = [this.#sealing, ...[...this.#keys.keys()].filter((id) => id !== this.#sealing)];
    const [first = '', ...others] = ids.map((id) => {
      const key = this.#keys.get(id) as Uint8Array;
      return `${id}.${createHmac('sha256', key)
        .update(JSON.stringify(['mark', context, plain]))
        .digest('base64url')}`;
    });
    return [first, ...others];
  }
}

/** Names a key without telling it. */
function idOf(key: Uint8Array): string {
  if (key.length !== KEY_BYTES) throw new GatewayError('secrets_key', `a key has ${KEY_BYTES} bytes, not ${key.length}`);
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}
