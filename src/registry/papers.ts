/** Registration documents of vehicles, as their owners upload them: pictures or PDF, sealed, since they name people. */
import { createHash } from 'node:crypto';
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import type { SealedBox } from '../secrets/sealed-box.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { Collection } from './collection.ts';

/** Kinds of file that are taken, each with how it begins. */
const KINDS = {
  'application/pdf': (bytes: Uint8Array) => startsWith(bytes, [0x25, 0x50, 0x44, 0x46, 0x2d]),
  'image/jpeg': (bytes: Uint8Array) => startsWith(bytes, [0xff, 0xd8, 0xff]),
  'image/png': (bytes: Uint8Array) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  'image/webp': (bytes: Uint8Array) =>
    startsWith(bytes, [0x52, 0x49, 0x46, 0x46]) && startsWith(bytes.subarray(8), [0x57, 0x45, 0x42, 0x50]),
} as const;
export type PaperKind = keyof typeof KINDS;
export const PAPER_KINDS = Object.keys(KINDS) as [PaperKind, ...PaperKind[]];

/** What is told of a document besides its content. */
export interface Paper {
  kind: PaperKind;
  sizeBytes: number;
  sha256: string;
  uploadedAt: EpochMs;
}

export interface PapersParts {
  documents: DocumentStore;
  box: SealedBox;
  mostBytes: number;
  now: Clock;
}

type Body = Paper & { sealed: string };

export class Papers {
  readonly #papers: Collection<Body>;
  /** Longest file that is taken. */
  readonly mostBytes: number;
  readonly #box: SealedBox;
  readonly #now: Clock;

  constructor({ documents, box, mostBytes, now }: PapersParts) {
    this.#papers = new Collection(documents, 'registration_documents', unknown);
    this.mostBytes = mostBytes;
    this.#box = box;
    this.#now = now;
  }

  /** Keeps the document of a tracker of the company, instead of one it had. Fails with `paper_invalid` where it is no such file. */
  async put(companyId: string, oid: string, claimed: string, bytes: Uint8Array): Promise<Paper> {
    const kind = PAPER_KINDS.find((each) => KINDS[each](bytes));
    if (kind === undefined) throw new GatewayError('paper_invalid', `the file is none of ${PAPER_KINDS.join(', ')}`);
    if (kind !== claimed) throw new GatewayError('paper_invalid', `the file is ${kind}, and was sent as ${claimed}`);
    const paper: Paper = {
      kind,
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      uploadedAt: this.#now(),
    };
    const body: Body = { ...paper, sealed: this.#box.seal(Buffer.from(bytes).toString('base64'), contextOf(companyId, oid)) };
    if (!(await this.#papers.insert(companyId, oid, body))) await this.#papers.change(companyId, oid, () => ({ body }));
    return paper;
  }

  /** Gives a document. Fails with `paper_unknown`. */
  async get(companyId: string, oid: string): Promise<Paper & { bytes: Uint8Array }> {
    const { sealed, ...paper } = (await this.#papers.get(companyId, oid)).body;
    return { ...paper, bytes: Buffer.from(this.#box.open(sealed, contextOf(companyId, oid)), 'base64') };
  }

  /** Removes a document. Fails with `paper_unknown`. */
  async remove(companyId: string, oid: string): Promise<void> {
    await this.#papers.remove(companyId, oid);
  }

  /** Removes a document; false where there is none. */
  async forget(companyId: string, oid: string): Promise<boolean> {
    if ((await this.#papers.find(oid))?.companyId !== companyId) return false;
    await this.#papers.remove(companyId, oid);
    return true;
  }
}

function unknown(): GatewayError {
  return new GatewayError('paper_unknown', 'the tracker has no registration document');
}

function contextOf(companyId: string, oid: string): string {
  return `registration_documents/${companyId}/${oid}`;
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}
