/** Holds back the data of those who have withdrawn their consent: what the runner asks, in memory, beside the documents. */
import type { Clock } from '#model/clocks';
import type { Consent } from '#model/consent';
import type { FrameRecord } from '#model/frame-record';
import type { ConsentGate, SpoolEntry, TrackerBook } from '../pipeline/ports.ts';
import { demandOf, ruleOf } from './rules.ts';
import { isBefore, newWithdrawal, stopsRecord, type Lift, type RecordPlace, type Withdrawal } from './withdrawal.ts';
import type { Withdrawals } from './withdrawals.ts';

export interface GateParts {
  withdrawals: Withdrawals;
  /** Whose records come here. */
  spoolId: string;
  /** Finds the tracker of an ident. */
  owners: Pick<TrackerBook, 'find'>;
  now: Clock;
  /** A record without a company may be anybody's: what any company has withdrawn is stopped in it. */
  everyCompany?: boolean;
  /** Something has changed that somebody may have to act on. */
  onChange?: () => void;
}

/** How soon what others state is known where nothing was withdrawn before, ms. */
const LOOK_MS = 200;

export class StoredGate implements ConsentGate {
  readonly #parts: GateParts;
  /** By company and mark. */
  #stops = new Map<string, Withdrawal[]>();
  #all = new Map<string, Withdrawal>();
  /** Taken from records, and not written down yet. */
  #pending = new Map<string, Withdrawal>();
  #lifts = new Map<string, Lift>();
  /** Changes that are known; -1 before anything was read. */
  #known = -1;
  #lookedAt = 0;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  get isRead(): boolean {
    return this.#known >= 0;
  }

  get isOpen(): boolean {
    return this.#stops.size === 0;
  }

  /** All withdrawals, as far as they are known. */
  get all(): readonly Withdrawal[] {
    return [...this.#all.values()];
  }

  /** Tells whether a withdrawal is known. */
  has(id: string): boolean {
    return this.#all.has(id);
  }

  stops({ seq, record }: SpoolEntry, ident: string): boolean {
    if (this.#stops.size === 0) return false;
    const place = { spoolId: this.#parts.spoolId, seq, receivedAt: record.receivedAt };
    for (const withdrawal of this.#about(record, ident)) {
      if (!stopsRecord(withdrawal, place)) continue;
      if (withdrawal.lifted === null && this.#isRegisteredSince(withdrawal, record, ident, place)) continue;
      return true;
    }
    return false;
  }

  take({ seq, record }: SpoolEntry, consents: readonly Consent[]): void {
    const { spoolId } = this.#parts;
    const before = this.#pending.size;
    for (const [i, consent] of consents.entries()) {
      // A part of the data, or a service: the rest is still ours to hear, and which values were of it nobody says.
      if (consent.scope !== 'all') continue;
      const place = { spoolId, seq, receivedAt: record.receivedAt };
      if (consent.kind === 'withdrawn') this.#withdraw(`${spoolId}-${seq}-${i}`, record, place, consent);
      else if (consent.kind === 'granted' && consent.ident !== null) this.#grant(record, place, consent.ident);
    }
    if (this.#pending.size > before) this.#have([...this.#all.values()]);
  }

  async catchUp(): Promise<void> {
    const { withdrawals, now } = this.#parts;
    if (this.isRead && this.isOpen && Math.abs(now() - this.#lookedAt) < LOOK_MS) return;
    this.#lookedAt = now();
    const changes = await withdrawals.changes();
    if (changes === this.#known) return;
    const all = await withdrawals.all();
    this.#known = changes;
    this.#have([...all, ...this.#pending.values()]);
    this.#parts.onChange?.();
  }

  /** Somebody in this process has stated something: it is to be learned with the next record. */
  notice(): void {
    this.#lookedAt = 0;
  }

  async commit(): Promise<void> {
    const { withdrawals } = this.#parts;
    if (this.#pending.size + this.#lifts.size === 0) return;
    const [pending, lifts] = [[...this.#pending.values()], [...this.#lifts]];
    for (const withdrawal of pending) {
      await withdrawals.add(withdrawal);
      this.#pending.delete(withdrawal.id);
    }
    for (const [id, lift] of lifts) {
      await withdrawals.lift(id, lift);
      this.#lifts.delete(id);
    }
    this.#parts.onChange?.();
  }

  /** What was withdrawn of the vehicle that a record names. */
  *#about({ companyId, protocol }: FrameRecord, ident: string): Generator<Withdrawal> {
    const { withdrawals, everyCompany = false } = this.#parts;
    for (const mark of withdrawals.marks.of(ident)) {
      for (const withdrawal of this.#stops.get(
        everyCompany && companyId === undefined ? mark : nameOf(companyId ?? '', mark),
      ) ?? []) {
        if (withdrawal.protocol === null || withdrawal.protocol === protocol) yield withdrawal;
      }
    }
  }

  #withdraw(id: string, record: FrameRecord, { spoolId, seq, receivedAt }: RecordPlace, consent: Consent): void {
    if (this.#all.has(id)) return;
    const { withdrawals, now } = this.#parts;
    const rule = ruleOf(record.protocol);
    const idents = consent.ident === null ? [] : [consent.ident];
    const made = newWithdrawal(
      {
        id,
        companyId: record.companyId ?? '',
        protocol: record.protocol,
        vehicles: idents.map((ident) => withdrawals.marks.of(ident)[0]),
        idents,
        shared: false,
        demand: demandOf(consent, rule),
        cause: consent.cause,
        by: record.protocol,
        statedAt: consent.at,
        received: { receivedAt, record: { spoolId, seq } },
        stoppedAt: now(),
      },
      rule.withinMs,
    );
    this.#pending.set(id, made);
    this.#all.set(id, made);
  }

  /** The provider's word brings back what the provider's word had ended, and nothing else. */
  #grant(record: FrameRecord, place: RecordPlace, ident: string): void {
    if (!ruleOf(record.protocol).grantLifts) return;
    for (const withdrawal of this.#about(record, ident)) {
      const { id, received, lifted } = withdrawal;
      if (lifted !== null || received.record === null || !isBefore(received, place)) continue;
      const { spoolId, seq, receivedAt } = place;
      this.#lift(id, { by: 'grant', at: { receivedAt, record: { spoolId, seq } } });
    }
  }

  /** Whoever registers the vehicle anew has a right of his own to what comes from then on. */
  #isRegisteredSince({ id, received }: Withdrawal, record: FrameRecord, ident: string, place: RecordPlace): boolean {
    const registeredAt = this.#parts.owners.find(record.protocol, ident, record.companyId)?.registeredAt;
    if (registeredAt === undefined || registeredAt <= received.receivedAt) return false;
    const at = { receivedAt: registeredAt, record: null };
    this.#lift(id, { by: 'registration', at });
    return isBefore(at, place);
  }

  #lift(id: string, lift: Lift): void {
    const found = this.#all.get(id);
    if (found === undefined) return;
    this.#lifts.set(id, lift);
    this.#have([...this.#all.values()]);
  }

  #have(all: readonly Withdrawal[]): void {
    this.#all = new Map();
    this.#stops = new Map();
    for (const one of all) {
      const lift = one.lifted ?? this.#lifts.get(one.id) ?? null;
      const withdrawal = lift === one.lifted ? one : { ...one, lifted: lift };
      this.#all.set(one.id, withdrawal);
    }
    for (const withdrawal of this.#all.values()) {
      const { companyId, vehicles, shared } = withdrawal;
      const companies = shared && companyId !== '' ? [companyId, ''] : [companyId];
      for (const mark of vehicles) {
        const names = companies.map((company) => nameOf(company, mark));
        if (this.#parts.everyCompany === true) names.push(mark);
        for (const name of names) {
          const found = this.#stops.get(name);
          if (found === undefined) this.#stops.set(name, [withdrawal]);
          else found.push(withdrawal);
        }
      }
    }
  }
}

function nameOf(companyId: string, mark: string): string {
  return `${companyId}/${mark}`;
}
