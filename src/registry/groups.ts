/** Groups: trackers of a company gathered for a purpose. */
import { randomUUID } from 'node:crypto';
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import type { Document, DocumentStore } from '../store/document-store.ts';
import { Collection, type Page } from './collection.ts';

export interface Group {
  id: string;
  companyId: string;
  /** Unique among the groups of the company. */
  slug: string;
  name: string;
  /** Where notifications about the group go; `null` where nowhere. */
  email: string | null;
  createdAt: EpochMs;
}

/** What is said of a group. */
export type GroupFacts = Pick<Group, 'slug' | 'name' | 'email'>;

type Body = Omit<Group, 'id' | 'companyId'>;
interface Membership {
  since: EpochMs;
}

/** Groups a company may have: a deleted tracker is looked for in each of them. */
const MOST_GROUPS = 1_000;

export class Groups {
  readonly #documents: DocumentStore;
  readonly #groups: Collection<Body>;
  readonly #now: Clock;

  constructor(documents: DocumentStore, now: Clock) {
    this.#documents = documents;
    this.#groups = new Collection(documents, 'groups', unknown, taken);
    this.#now = now;
  }

  /** Makes a group. Fails with `group_exists` where the company has its slug, or with `group_limit`. */
  async create(companyId: string, facts: GroupFacts): Promise<Group> {
    if ((await this.list(companyId, { most: MOST_GROUPS })).length >= MOST_GROUPS) {
      throw new GatewayError('group_limit', `a company has ${MOST_GROUPS} groups at most`);
    }
    const id = randomUUID();
    const body: Body = { ...facts, createdAt: this.#now() };
    if (await this.#groups.insert(companyId, id, body, { uniqueKey: keyOf(companyId, facts.slug) }))
      return { id, companyId, ...body };
    throw taken();
  }

  /** Lists groups by ascending id. */
  async list(companyId: string, page: Page): Promise<readonly Group[]> {
    return (await this.#groups.list(companyId, page)).map(groupOf);
  }

  /** Gives a group. Fails with `group_unknown`. */
  async get(companyId: string, id: string): Promise<Group> {
    return groupOf(await this.#groups.get(companyId, id));
  }

  /** Changes what is said of a group. Fails with `group_unknown` or `group_exists`. */
  async update(companyId: string, id: string, facts: Partial<GroupFacts>): Promise<Group> {
    return groupOf(
      await this.#groups.change(companyId, id, (before) => {
        const body = { ...before, ...facts };
        return { body, uniqueKey: keyOf(companyId, body.slug) };
      }),
    );
  }

  /** Removes a group; its trackers stay. Fails with `group_unknown`. */
  async remove(companyId: string, id: string): Promise<Group> {
    const removed = groupOf(await this.#groups.remove(companyId, id));
    const members = this.#membersOf(id);
    for (;;) {
      const found = await members.list(companyId, { most: 500 });
      if (found.length === 0) return removed;
      await this.#documents.writeAll(
        found.map((member) => ({ collection: membersName(id), remove: { id: member.id, ifRevision: member.revision } })),
      );
    }
  }

  /** Lists the oids of the group's trackers, ascending. Fails with `group_unknown`. */
  async members(companyId: string, id: string, page: Page): Promise<readonly string[]> {
    await this.#groups.get(companyId, id);
    return (await this.#membersOf(id).list(companyId, page)).map((member) => member.id);
  }

  /** Puts a tracker of the company into the group; it may be there already. Fails with `group_unknown`. */
  async addMember(companyId: string, id: string, oid: string): Promise<void> {
    await this.#groups.get(companyId, id);
    await this.#membersOf(id).insert(companyId, oid, { since: this.#now() });
    // The group may have been removed meanwhile, with the members it had then.
    if ((await this.#groups.find(id)) === null) await this.#dropMember(companyId, id, oid);
  }

  /** Takes a tracker out of the group, where it is in it. Fails with `group_unknown`. */
  async removeMember(companyId: string, id: string, oid: string): Promise<void> {
    await this.#groups.get(companyId, id);
    await this.#dropMember(companyId, id, oid);
  }

  /** Takes a tracker out of all groups of the company. */
  async forget(companyId: string, oid: string): Promise<void> {
    for (const { id } of await this.#groups.list(companyId, { most: MOST_GROUPS })) await this.#dropMember(companyId, id, oid);
  }

  async #dropMember(companyId: string, id: string, oid: string): Promise<void> {
    const found = await this.#membersOf(id).find(oid);
    if (found !== null && found.companyId === companyId) await this.#documents.remove(membersName(id), oid, found.revision);
  }

  #membersOf(id: string): Collection<Membership> {
    return new Collection<Membership>(this.#documents, membersName(id), unknown);
  }
}

/** A collection for each group, so that its members are read in the order of their oids, page by page. */
function membersName(id: string): string {
  return `group-members:${id}`;
}

function keyOf(companyId: string, slug: string): string {
  return `${companyId}/${slug}`;
}

function unknown(id: string): GatewayError {
  return new GatewayError('group_unknown', `there is no group "${id}"`);
}

function taken(): GatewayError {
  return new GatewayError('group_exists', 'another group of the company has this slug');
}

function groupOf({ id, companyId, body }: Document<Body>): Group {
  return { id, companyId, ...body };
}
