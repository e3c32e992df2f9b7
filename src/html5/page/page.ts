/** What the page does: opens a link, leads or waits, takes positions while it runs, and sends what waits whenever it leads. */
import { Awake } from './awake.ts';
import { askStanding, openLink } from './gateway.ts';
import { Leader } from './leader.ts';
import type { Device, Memory } from './memory.ts';
import type { Queue } from './queue.ts';
import { Recorder, type TakenFix } from './recorder.ts';
import { Sender } from './sender.ts';
import { AT_FIRST, type PageState } from './state.ts';

/** How often it is noted that the page lives, and how the tracker stands is asked, ms. */
const ALIVE_EVERY_MS = 5_000;
const STANDING_EVERY_MS = 10_000;
/** A confirmed fix counts a moment later. */
const STANDING_SOON_MS = 1_500;
/** Longer without a sign of life, the page was closed or stood still, ms. */
const GAP_MS = 30_000;

export class Page {
  readonly #memory: Memory;
  readonly #queue: Queue;
  readonly #show: (state: PageState) => void;
  readonly #recorder: Recorder;
  readonly #sender: Sender;
  readonly #leader: Leader;
  readonly #awake: Awake;
  #state: PageState = AT_FIRST;
  #device: Device | null = null;
  #link: string | null;
  #leads = false;
  #takenWhenHidden = 0;
  #aliveAt = Date.now();
  #permission: PermissionStatus | null = null;
  #soon: ReturnType<typeof setTimeout> | null = null;

  constructor(memory: Memory, queue: Queue, link: string | null, show: (state: PageState) => void) {
    this.#memory = memory;
    this.#queue = queue;
    this.#link = link;
    this.#show = show;
    this.#recorder = new Recorder({
      fix: (fix, accuracyM) => void this.#keep(fix, accuracyM),
      known: (accuracyM) => this.#set({ position: 'found', accuracyM }),
      trouble: (kind) => this.#trouble(kind),
    });
    this.#sender = new Sender(queue, memory, {
      sent: () => void this.#sent(),
      reach: (reach) => this.#set({ reach }),
      ended: (address) => this.#ended(address),
    });
    this.#leader = new Leader({ leads: () => void this.#lead(), waits: () => this.#wait() });
    this.#awake = new Awake({
      screen: (screen) => this.#set({ screen }),
      hides: () => (this.#takenWhenHidden = this.#state.taken),
      away: (ms) => this.#wasAway('hidden', ms, this.#state.taken - this.#takenWhenHidden),
    });
  }

  /** Begins: finds out who the page is, and goes on with what it was doing. */
  async open(): Promise<void> {
    this.#device = (await this.#memory.get('device')) ?? null;
    this.#set({ trackerName: this.#device?.trackerName ?? null, waiting: await this.#queue.count() });
    globalThis.addEventListener('online', () => this.#reachable());
    globalThis.addEventListener('offline', () => this.#set({ reach: 'away' }));
    setInterval(() => void this.#live(), ALIVE_EVERY_MS);
    setInterval(() => void this.#stand(), STANDING_EVERY_MS);
    this.#leader.start();
  }

  /** The driver presses Start. */
  async start(): Promise<void> {
    if (this.#link !== null && !(await this.#openLink(this.#link))) return;
    await this.#memory.put('running', true);
    this.#run();
  }

  async stop(): Promise<void> {
    this.#halt();
    await this.#memory.put('running', false);
    this.#set({ phase: 'stopped' });
  }

  /** Tries again what was refused: the position, or to hand positions over. */
  again(): void {
    this.#sender.retryEnded();
    this.#run();
  }

  takeOver(): void {
    this.#leader.take();
  }

  /** A link that was pasted. */
  async use(link: string): Promise<void> {
    this.#link = link;
    await this.start();
  }

  dismiss(): void {
    this.#set({ away: null });
  }

  async #openLink(link: string): Promise<boolean> {
    this.#set({ phase: 'opening' });
    const before = await this.#memory.get('opening');
    const secret = before?.link === link ? before.secret : newSecret();
    // Before it is asked: an answer that gets lost is asked for again with the same secret.
    await this.#memory.put('opening', { link, secret });
    const opened = await openLink(link, secret);
    if (opened.kind !== 'opened') {
      this.#set({ phase: `link-${opened.kind}` });
      return false;
    }
    await this.#memory.become(opened.device);
    this.#device = opened.device;
    this.#link = null;
    // The link is used up: neither history nor a bookmark should have it.
    history.replaceState(null, '', './');
    this.#set({ trackerName: opened.device.trackerName, standing: null, taken: 0, lastSentAt: null });
    return true;
  }

  async #lead(): Promise<void> {
    this.#leads = true;
    this.#device = (await this.#memory.get('device')) ?? null;
    this.#sender.start();
    this.#set({ trackerName: this.#device?.trackerName ?? null, waiting: await this.#queue.count() });
    const isRunning = (await this.#memory.get('running')) === true;
    if (this.#link !== null) return this.#set({ phase: 'ready' });
    if (this.#device === null) return this.#set({ phase: 'no-link' });
    if (!isRunning) return this.#set({ phase: 'stopped' });
    const aliveAt = await this.#memory.get('aliveAt');
    this.#run();
    if (aliveAt !== undefined && Date.now() - aliveAt > GAP_MS) this.#wasAway('closed', Date.now() - aliveAt, 0);
  }

  #wait(): void {
    this.#leads = false;
    this.#halt();
    this.#sender.stop();
    this.#set({ phase: 'other-tab' });
  }

  #run(): void {
    this.#aliveAt = Date.now();
    this.#set({ phase: 'running', position: 'asking' });
    void this.#askPermission();
    void this.#record();
    this.#awake.want();
    void this.#persist();
    void this.#stand();
  }

  async #record(): Promise<void> {
    const newest = await this.#queue.newest();
    // Stopped, or taken over by another tab, while that was looked up.
    if (this.#leads && this.#state.phase === 'running') this.#recorder.start(newest);
  }

  #halt(): void {
    this.#recorder.stop();
    this.#awake.release();
    this.#set({ screen: null });
  }

  /** Whether the browser still asks, or may look at once. Not every browser tells. */
  async #askPermission(): Promise<void> {
    try {
      this.#permission ??= await this.#watchPermission();
      if (this.#permission.state === 'granted' && this.#state.position === 'asking') this.#set({ position: 'waiting' });
    } catch {
      if (this.#state.position === 'asking') this.#set({ position: 'waiting' });
    }
  }

  async #watchPermission(): Promise<PermissionStatus> {
    const permission = await navigator.permissions.query({ name: 'geolocation' });
    permission.addEventListener('change', () => {
      const { phase, position } = this.#state;
      if (permission.state !== 'granted' || phase !== 'running') return;
      // Allowed in the settings of the browser, after all; where it was only asked for, the answer comes by itself.
      if (position === 'denied') this.#run();
      else if (position === 'asking') this.#set({ position: 'waiting' });
    });
    return permission;
  }

  async #persist(): Promise<void> {
    const isPersistent = await navigator.storage.persist().catch(() => false);
    this.#set({ isPersistent });
  }

  async #keep({ timestamp, coords }: TakenFix, accuracyM: number): Promise<void> {
    const device = this.#device;
    if (device === null || this.#state.phase !== 'running') return;
    try {
      await this.#queue.add({ id: crypto.randomUUID(), device: device.address, timestamp, coords });
    } catch {
      this.#set({ isStorageFull: true });
      return;
    }
    const taken = this.#state.taken + 1;
    const waiting = await this.#queue.count();
    this.#set({ position: 'found', accuracyM, lastFixAt: Date.now(), taken, waiting, isStorageFull: false });
    this.#sender.poke();
  }

  #trouble(kind: 'denied' | 'unavailable'): void {
    if (kind === 'denied') {
      // Without a watch, nothing keeps the phone awake for nothing.
      this.#halt();
    }
    this.#set({ position: kind });
  }

  async #sent(): Promise<void> {
    this.#set({ waiting: await this.#queue.count(), lastSentAt: Date.now() });
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.#stand(), STANDING_SOON_MS);
  }

  #ended(address: string): void {
    if (address !== this.#device?.address) return;
    this.#halt();
    this.#set({ phase: 'ended' });
  }

  async #stand(): Promise<void> {
    const device = this.#device;
    if (device === null || this.#state.phase !== 'running' || document.visibilityState === 'hidden') return;
    // Who is connected waits for nothing any more, and is told of an end by the answer to a batch.
    if (this.#state.standing?.status === 'connected') return;
    const standing = await askStanding(device);
    if (device !== this.#device) return;
    if (standing === 'ended') this.#ended(device.address);
    else if (standing !== null) this.#set({ standing, trackerName: standing.trackerName });
  }

  #reachable(): void {
    this.#set({ reach: 'fine' });
    this.#sender.hurry();
    void this.#stand();
  }

  /** Notes that the page lives; a note that comes much too late tells that it did not. */
  async #live(): Promise<void> {
    const now = Date.now();
    const gap = now - this.#aliveAt;
    this.#aliveAt = now;
    if (!this.#leads || this.#state.phase !== 'running') return;
    if (gap > GAP_MS && document.visibilityState === 'visible') this.#wasAway('closed', gap, 0);
    await this.#memory.alive(now);
  }

  #wasAway(why: 'hidden' | 'closed', ms: number, taken: number): void {
    if (this.#state.phase !== 'running' || this.#state.away !== null) return;
    this.#set({ away: { why, ms, taken } });
  }

  #set(change: Partial<PageState>): void {
    this.#state = { ...this.#state, ...change };
    this.#show(this.#state);
  }
}

function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
