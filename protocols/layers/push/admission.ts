import type { Json } from '#model/json';
import type { Admission } from '#protocols/codec';
import { amountOf, isPossible, TEXT_MOST, VALUES_MOST, type Reading, type Readings } from './readings.ts';
import { saysNothing, type FieldRule } from './rules.ts';

const NO_RULE: Pick<FieldRule, 'targets' | 'absent'> = { targets: [], absent: [] };
/** Values that a reading can leave beside those of its rule: itself under its own name, and its unit. */
const OWN_VALUES = 2;

/**
 * Looks through what a body states without making messages of it. It never passes over what `MessageSet` has a fault for; what may be one is
 * left to that.
 */
export class AdmissionReadings implements Readings {
  dialect: string | null = null;
  readonly #dedupeKeys = new Set<string>();
  #isFaultless = true;
  #values = 0;

  read(_ident: string, reading: Reading, rule?: FieldRule): void {
    if (!this.#isFaultless) return;
    const { value, unit } = reading;
    if (value === null || rule?.envelope === true) return;
    const { targets, absent } = rule ?? NO_RULE;
    this.#values += targets.length + OWN_VALUES;
    this.#isFaultless = this.#values <= VALUES_MOST && !isLong(value) && (unit === null || unit.length <= TEXT_MOST);
    for (const target of targets) {
      if (target.kind !== 'fix') continue;
      const amount = amountOf(value, unit ?? rule?.unit ?? '', target.measure);
      if (amount !== null && !isPossible(target.part, amount) && !saysNothing(value, { absent })) this.#isFaultless = false;
    }
  }

  happen(): void {
    // An event has no fault, and is for the messages alone; so are the next two.
  }

  markStored(): void {}

  consent(): void {}

  dedupe(...parts: readonly (string | number)[]): void {
    this.#dedupeKeys.add(parts.join('|'));
  }

  fault(): void {
    this.#isFaultless = false;
  }

  /** `null` where the body has a fault, or may have one. */
  admission(): Admission | null {
    return this.#isFaultless ? { dialect: this.dialect, dedupeKeys: [...this.#dedupeKeys] } : null;
  }
}

/** Tells whether a value may be longer as a text than one may be. */
function isLong(value: Json): boolean {
  if (typeof value === 'string') return value.length > TEXT_MOST;
  return typeof value === 'object' && JSON.stringify(value).length > TEXT_MOST;
}
