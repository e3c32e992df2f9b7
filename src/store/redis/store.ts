/** The registry and the lifecycle's state in Redis, which several gateways and the command line may use at once. */
import { randomBytes } from 'node:crypto';
import type { EpochMs } from '#model/clocks';
import { identKey, isActive, type Tracker, type Transition } from '#model/tracker';
import type { Evidence } from '../../lifecycle/evidence.ts';
import type { Liveness } from '../../lifecycle/liveness.ts';
import type { TripState } from '../../lifecycle/trips.ts';
import type { OutboxRow } from '../../pipeline/ports.ts';
import { evidenceOf } from '../evidence-parts.ts';
import { trackerExists } from '../refusals.ts';
import type { Store } from '../store.ts';
import type {
  BookChanges,
  CommitResult,
  News,
  Notice,
  StatusCount,
  TrackerChange,
  TrackerFilter,
  TrackerState,
} from '../tracker-store.ts';
import { RedisCommands } from './commands.ts';
import { RedisDocuments } from './documents.ts';
import { durabilityDoubts } from './durability.ts';
import { RedisLink, type Bytes, type RedisSettings, type Value } from './link.ts';
import { RedisNames } from './names.ts';
import { SCRIPTS } from './scripts.ts';
import { changeValues, commitValues, cut, heardFrom, livenessFrom, stateFrom } from './values.ts';

/** States told at a time: with evidence, one may have 13 kB. */
const NEWS_MOST = 500;
/** Trackers looked at in one call: each call stops Redis for about a microsecond a tracker. */
const LIST_LOOKED = 2_000;
const SCAN_COUNT = 500;
/**
 * Time for which one gateway has a queue to itself, ms. It is renewed with each look at it; where its holder has gone, or is kept by
 * its ClickHouse, another one takes over.
 */
const LEASE_MS = 15_000;

/** `Store` in Redis. Every method rejects with `store_unreachable` or `store_io`; a write may have been made all the same. */
export class RedisStore implements Store {
  readonly commands: RedisCommands;
  readonly documents: RedisDocuments;
  readonly names: RedisNames;
  readonly #link: RedisLink;
  /** Names this process among those that share queues; and the data, where its first key is made. */
  readonly #self = randomBytes(8).toString('hex');
  /** Which data, and which run of which server, the book has been told of; empty before. */
  #known = '';

  constructor(settings: RedisSettings) {
    this.#link = new RedisLink(settings);
    this.commands = new RedisCommands(this.#link);
    this.documents = new RedisDocuments(this.#link);
    this.names = new RedisNames(this.#link, this.documents);
  }

  async register(change: TrackerChange): Promise<{ exists: Tracker } | { exists: null }> {
    const holder = await this.#link.run<string | null>(SCRIPTS.register, ...changeValues(change));
    return holder === null ? { exists: null } : { exists: JSON.parse(holder) as Tracker };
  }

  async update(change: TrackerChange, ifRevision: number): Promise<boolean> {
    const [outcome, holder] = await this.#link.run<string[]>(SCRIPTS.update, ifRevision, ...changeValues(change));
    if (outcome === 'held') throw trackerExists(JSON.parse(holder ?? '') as Tracker);
    return outcome === 'updated';
  }

  async trackerByOid(oid: string): Promise<Tracker | null> {
    const json = await this.#link.ask((client, prefix) => client.hget(`${prefix}tracker:${oid}`, 'json'));
    return json === null ? null : (JSON.parse(json) as Tracker);
  }

  async trackersCalled(name: string): Promise<readonly Tracker[]> {
    const found = await this.#link.run<string[]>(SCRIPTS.called, name, identKey(name));
    return found
      .map((json) => JSON.parse(json) as Tracker)
      .sort(
        (a, b) =>
          Number(isActive(b)) - Number(isActive(a)) ||
          b.registeredAt - a.registeredAt ||
          (a.oid < b.oid ? -1 : Number(a.oid > b.oid)),
      );
  }

  async trackers({ companyId, provider, status, afterOid, most }: TrackerFilter): Promise<readonly Tracker[]> {
    const found: Tracker[] = [];
    let after: string | undefined = afterOid ?? '';
    do {
      const filter: Value[] = [companyId ?? '', provider ?? '', status ?? '', after, most - found.length, LIST_LOOKED];
      const [through, ...page]: string[] = await this.#link.run(SCRIPTS.list, ...filter);
      found.push(...page.map((json) => JSON.parse(json) as Tracker));
      after = through;
    } while (after !== undefined && after !== '' && found.length < most);
    return found;
  }

  async activeTrackersOf(companyId: string): Promise<number> {
    return this.#link.ask((client, prefix) => client.scard(`${prefix}active:${companyId}`));
  }

  async transitionsOf(oid: string): Promise<readonly Transition[]> {
    const rows = await this.#link.ask((client, prefix) => client.lrange(`${prefix}history:${oid}`, 0, -1));
    return rows.map((json) => JSON.parse(json) as Transition);
  }

  async evidenceOf(oid: string): Promise<Evidence | null> {
    const [fixes, rest] = await this.#link.ask((client, prefix) =>
      client.hmgetBuffer(`${prefix}tracker:${oid}`, 'fixes', 'evidence'),
    );
    return fixes instanceof Buffer ? evidenceOf({ fixes, rest: String(rest) }) : null;
  }

  async tripOf(oid: string): Promise<TripState | null> {
    const json = await this.#link.ask((client, prefix) => client.hget(`${prefix}tracker:${oid}`, 'trip'));
    return json === null ? null : (JSON.parse(json) as TripState);
  }

  async forgetPlaces(oid: string): Promise<void> {
    await this.#link.run(SCRIPTS.forgetPlaces, oid);
  }

  async livenessOf(ident: string): Promise<Liveness | null> {
    const spellings = await this.#link.run<string[][]>(SCRIPTS.heard, 'named', identKey(ident));
    const heard = spellings.map(livenessFrom).filter((each) => each !== null);
    return heard.reduce<Liveness | null>((a, b) => (a !== null && a.lastFrameAt >= b.lastFrameAt ? a : b), null);
  }

  async unregistered(most: number): Promise<readonly Liveness[]> {
    const strangers = await this.#link.run<string[][]>(SCRIPTS.heard, 'strangers', most);
    return strangers
      .map(livenessFrom)
      .filter((each) => each !== null)
      .filter(({ trackerOid }) => trackerOid === null);
  }

  async heardBy(spoolId: string): Promise<readonly Liveness[]> {
    const [facts, numbers] = await Promise.all([this.#scan(`heard:${spoolId}`), this.#scan(`heard-numbers:${spoolId}`)]);
    const heard = [...facts].map(([ident, text]) => heardFrom(text, numbers.get(ident) ?? ''));
    return heard.sort((a, b) => a.lastFrameAt - b.lastFrameAt);
  }

  async statusCounts(): Promise<readonly StatusCount[]> {
    const counts = await this.#link.ask((client, prefix) => client.hgetall(`${prefix}counts`));
    return Object.entries(counts).flatMap(([field, count]) => {
      const [provider, status] = cut(field, '\0');
      return count === '0' ? [] : [{ provider, status, trackers: Number(count) }];
    });
  }

  async news(spoolId: string, mark: string): Promise<News> {
    const [known, since] = mark === '' ? ['', '0'] : cut(mark, ' ');
    const reply = await this.#link.runForBytes(SCRIPTS.news, this.#self, spoolId, known, since, NEWS_MOST);
    const [current, anew, applied, through, more, ...states] = reply;
    this.#known = String(current);
    return {
      appliedThrough: Number(String(applied)),
      states: states.map(stateFrom),
      mark: `${this.#known} ${String(through)}`,
      more: more === 1,
      anew: anew === 1,
    };
  }

  async statesOf(oids: readonly string[]): Promise<readonly TrackerState[]> {
    const states: Bytes[] = await this.#link.runForBytes(SCRIPTS.statesOf, ...oids);
    return states.map(stateFrom);
  }

  async commit(changes: BookChanges): Promise<CommitResult> {
    const [outcome, ...oids] = await this.#link.run<string[]>(
      SCRIPTS.commit,
      this.#self,
      this.#known,
      ...commitValues(changes),
    );
    if (outcome === 'stale') return { outcome, oids: [...new Set(oids)] };
    return { outcome: outcome === 'committed' ? outcome : 'displaced' };
  }

  async outbox(most: number): Promise<readonly OutboxRow[]> {
    const entries = await this.#queue('outbox', most);
    return entries.map(([id, entry]) => {
      const [table, row] = cut(entry, ' ');
      return { id, table: table as OutboxRow['table'], row: JSON.parse(row) as OutboxRow['row'] };
    });
  }

  async settle(ids: readonly number[]): Promise<void> {
    await this.#settleQueue('outbox', ids);
  }

  async notices(most: number): Promise<readonly Notice[]> {
    const entries = await this.#queue('notices', most);
    return entries.map(([id, entry]) => {
      const [tracker, transition] = cut(entry, '\n');
      return { id, tracker: JSON.parse(tracker) as Tracker, transition: JSON.parse(transition) as Transition };
    });
  }

  async settleNotices(ids: readonly number[]): Promise<void> {
    await this.#settleQueue('notices', ids);
  }

  async clock(): Promise<EpochMs> {
    const [seconds, micros] = await this.#link.ask((client) => client.time());
    return Number(seconds) * 1_000 + Number(micros) / 1_000;
  }

  async doubts(): Promise<readonly string[]> {
    return this.#link.ask((client) => durabilityDoubts(client));
  }

  close(): void {
    this.#link.close();
  }

  /** All fields of a hash, some at a time. */
  async #scan(name: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    let cursor = '0';
    do {
      const at = cursor;
      const [next, fields] = await this.#link.ask((client, prefix) =>
        client.hscan(`${prefix}${name}`, at, 'COUNT', SCAN_COUNT),
      );
      for (let i = 0; i < fields.length; i += 2) found.set(fields[i] as string, fields[i + 1] as string);
      cursor = next;
    } while (cursor !== '0');
    return found;
  }

  async #queue(name: 'outbox' | 'notices', most: number): Promise<[id: number, entry: string][]> {
    const entries = await this.#link.run<string[]>(SCRIPTS.queue, name, this.#self, LEASE_MS, most);
    return entries.map((entry) => {
      const [id, rest] = cut(entry, ' ');
      return [Number(id), rest];
    });
  }

  async #settleQueue(name: 'outbox' | 'notices', ids: readonly number[]): Promise<void> {
    if (ids.length > 0) await this.#link.run(SCRIPTS.settleQueue, name, ...ids);
  }
}
