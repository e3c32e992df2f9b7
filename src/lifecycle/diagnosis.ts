/**
 * Finds out why a vehicle is silent. Each rule looks at what is known and finds one cause or nothing; the causes are told in the
 * order of the rules, the surest first. Pure.
 */
import type { EpochMs } from '#model/clocks';
import { ERROR_CODES, type ErrorCode } from '#errors/codes';
import { identsOf, type Tracker } from '#model/tracker';
import type { Cause, Certainty, Finding } from './causes.ts';
import { lastSignOf, refusalsOf, rivalsAmong, type Contact, type RefusalSum } from './contacts.ts';
import { needsEvidence, type Evidence } from './evidence.ts';
import { REJECTIONS, type FixRejection } from './guards.ts';
import type { Liveness } from './liveness.ts';
import { differencesBetween } from './lookalike.ts';
import { deviceStep, fixStep, statusStep } from './next-step.ts';
import type { RejectionCount } from './rejections.ts';
import type { EvidenceRules } from './rules.ts';
import { ago, counted, duration, some, utc } from './words.ts';

/** How the gateway itself is. */
export interface GatewayHealth {
  /** False while ClickHouse does not answer. */
  sinkUp: boolean;
  /** False while the spool is full or its disk refuses. */
  accepting: boolean;
  /** Frames that are safe and not stored yet. */
  waitingFrames: number;
  /** When the oldest of them was received; `null` where none waits. */
  oldestReceivedAt: EpochMs | null;
}

/** What only a running gateway knows. */
export interface GatewaySigns {
  health: GatewayHealth;
  /** Contacts under the tracker's idents, those that last first, then the newest. */
  contacts: readonly Contact[];
  /** Contacts that named nobody, the newest first. */
  strangers: readonly Contact[];
}

/** All that a diagnosis rests on. */
export interface Signs {
  tracker: Tracker;
  /** Cause of its last transition; `null` where that is not known. */
  lastCause: string | null;
  /** What its validation waits for; `null` where none is under way. */
  waitsFor?: string | null;
  evidence: Evidence;
  /** What was heard last under the tracker's idents; `null` where nothing was. */
  heard: Liveness | null;
  /** Idents nobody registered, the last heard first. */
  unregistered: readonly Liveness[];
  /** Protocols bound to the provider. */
  protocols: readonly string[];
  /** `null` where no gateway runs, or it does not answer. */
  gateway: GatewaySigns | null;
  rules: EvidenceRules;
  /** A device not heard for longer is silent, ms. */
  silentAfterMs: number;
  at: EpochMs;
}

/** Strangers and lookalikes are looked at this far back, ms. */
const LATELY_MS = 86_400_000;
/** Jumps that make a second device likely. */
const JUMPS = 3;
const CERTAINTIES: readonly Certainty[] = ['certain', 'likely', 'possible'];

/** The causes, the surest first: at least one. */
export function diagnose(signs: Signs): Finding[] {
  const found = RULES.flatMap((rule) => rule(signs) ?? []);
  if (found.length === 0) return [nothingWrong(signs)];
  return CERTAINTIES.flatMap((certainty) => found.filter((finding) => finding.certainty === certainty));
}

type Rule = (signs: Signs) => Finding | null;

const finding = (cause: Cause, certainty: Certainty, says: string, next: string): Finding => ({ cause, certainty, says, next });

const gatewayBlocked: Rule = ({ gateway, at }) => {
  if (gateway === null || gateway.health.accepting) return null;
  const { waitingFrames, oldestReceivedAt } = gateway.health;
  const waiting = `${counted(waitingFrames, 'frame')} wait${oldestReceivedAt === null ? '' : `, the oldest since ${ago(oldestReceivedAt, at)}`}`;
  return finding(
    'gateway_blocked',
    'certain',
    `the spool is full or its disk refuses, so no socket is read (${waiting}); devices keep their data and send it later`,
    'make room on the disk, bring ClickHouse back, or raise spool.budgetBytes',
  );
};

const sinkDown: Rule = ({ gateway, at }) => {
  if (gateway === null || gateway.health.sinkUp) return null;
  const [contact] = gateway.contacts;
  const { waitingFrames } = gateway.health;
  const own =
    contact === undefined || contact.frames === 0
      ? 'of this one nothing came since the gateway was started'
      : `this one was heard ${ago(lastSignOf(contact), at)} from ${contact.peer}, ${counted(contact.frames, 'frame')} in that connection`;
  return finding(
    'sink_down',
    waitingFrames > 0 ? 'certain' : 'possible',
    `ClickHouse does not answer: ${counted(waitingFrames, 'frame')} of all devices wait in the spool, safe; ${own}`,
    'bring ClickHouse back; what waits is stored then by itself',
  );
};

const notWaiting: Rule = ({ tracker, lastCause, waitsFor = null }) => {
  const step = waitsFor === null ? statusStep(tracker, lastCause) : `wait for ${waitsFor}`;
  return step === null ? null : finding('not_waiting', 'certain', `its status is ${tracker.status}`, step);
};

const mistyped: Rule = ({ tracker, heard, gateway, unregistered, protocols, at }) => {
  if (heard !== null || (gateway !== null && gateway.contacts.length > 0)) return null;
  for (const { ident, protocol, lastFrameAt, frames, peer } of unregistered) {
    if (at - lastFrameAt > LATELY_MS || !protocols.includes(protocol)) continue;
    const own = identsOf(tracker).find((named) => differencesBetween(named.ident, ident) !== null);
    if (own === undefined) continue;
    return finding(
      'mistyped_id',
      'likely',
      `${ident} is heard and nobody registered it (${counted(frames, 'frame')}, last ${ago(lastFrameAt, at)} from ${peer}); it is nearly ${own.ident}, the ${own.source} of this tracker`,
      `if they are the same box, correct the ${own.source} to ${ident}`,
    );
  }
  return null;
};

const neverLoggedIn: Rule = ({ heard, gateway, protocols, at }) => {
  if (heard !== null || gateway === null || gateway.contacts.length > 0) return null;
  const lately = gateway.strangers.filter((contact) => at - lastSignOf(contact) <= LATELY_MS);
  const speaking = lately.filter(({ protocol }) => protocols.includes(protocol));
  // A scanner is gone at once, or speaks something no codec knows. A box that waits in silence is there until its deadline.
  const mute = lately.filter(
    ({ bytes, closedAt, code }) => bytes === 0 && (closedAt === null || code === 'session_login_timeout'),
  );
  const senders = speaking.length > 0 ? speaking : mute;
  if (senders.length === 0) return null;
  const how = speaking.length > 0 ? `spoke ${protocols.join(' or ')} and named no device` : 'connected and said nothing';
  const ends = [...new Set(senders.map(({ code, closedAt }) => code ?? (closedAt === null ? 'still open' : 'ended in order')))];
  const from = some([...new Set(senders.map(({ peer }) => peer.replace(/:\d+$/, '')))]);
  const lastAt = Math.max(...senders.map(lastSignOf));
  return finding(
    'never_logged_in',
    speaking.length > 0 ? 'likely' : 'possible',
    `nothing has come under its id, but ${counted(senders.length, 'sender')} of the last day ${how}: from ${from}, last ${ago(lastAt, at)} (${some(ends)})`,
    'check that the box is set to the protocol of this port, and that it sends its login; `odograph census` shows the first bytes of such senders',
  );
};

const neverCame: Rule = ({ tracker, heard, gateway, protocols }) => {
  if (heard !== null || (gateway !== null && gateway.contacts.length > 0)) return null;
  const where =
    gateway === null ? 'no gateway that could tell of connections answers' : 'no connection that could be it was seen';
  return finding(
    'never_came',
    'possible',
    `nothing has ever come under its idents, and ${where}`,
    deviceStep(tracker, protocols),
  );
};

const damaged: Rule = ({ heard, gateway, at }) => {
  const refusals = refusedLately(heard, gateway);
  const total = refusals.reduce((sum, { count }) => sum + count, 0);
  const [most] = refusals;
  if (most === undefined) return null;
  const isDamage = most.code.startsWith('wire_');
  const detail = most.lastDetail === '' ? '' : `: ${most.lastDetail}`;
  const says = `${counted(total, 'refusal')}, mostly ${most.code} (${ERROR_CODES[most.code].means.replace(/\.$/, '')}${detail}), last ${ago(most.lastAt, at)}`;
  if (isDamage) {
    return finding(
      'frames_corrupt',
      'certain',
      says,
      'look at the frames with `odograph decode`; damage on the way points to the modem or a proxy, in all frames alike to another protocol or firmware',
    );
  }
  return finding('frames_refused', 'certain', says, refusedStep(most.code));
};

/** Refusals that no good frame came after. */
function refusedLately(heard: Liveness | null, gateway: GatewaySigns | null): RefusalSum[] {
  const seen = refusalsOf(gateway?.contacts ?? []).filter(
    ({ code }) => code !== 'session_reset' && code !== 'session_unfinished',
  );
  const lastGoodAt = lastGoodFrameAt(heard);
  const fresh = seen.filter(({ lastAt }) => lastGoodAt === null || lastAt > lastGoodAt);
  if (fresh.length > 0) return fresh;
  const last = heard?.lastQuarantine ?? null;
  if (heard === null || last === null || last.at < heard.lastFrameAt) return [];
  return [{ code: last.code, count: heard.quarantined[last.code] ?? 1, lastAt: last.at, lastDetail: last.detail }];
}

/** When a frame came last that was not refused; `null` where that is not known. */
function lastGoodFrameAt(heard: Liveness | null): EpochMs | null {
  if (heard === null || heard.messages === 0) return null;
  return heard.lastQuarantine !== null && heard.lastQuarantine.at >= heard.lastFrameAt ? null : heard.lastFrameAt;
}

function refusedStep(code: ErrorCode): string {
  if (code === 'session_unknown_ident') return 'the port lets registered devices in only: register the id the box sends';
  return 'look at the frames with `odograph decode`, and report those of a known protocol as a bug';
}

const foreignProtocol: Rule = ({ tracker, heard, protocols }) => {
  if (heard === null || heard.trackerOid === tracker.oid || protocols.includes(heard.protocol)) return null;
  return finding(
    'foreign_protocol',
    'certain',
    `its ident is heard in the protocol ${heard.protocol}, which is not bound to ${tracker.provider}`,
    `bind ${heard.protocol} to ${tracker.provider} in the configuration (providers.${tracker.provider}.protocols)`,
  );
};

const duplicate: Rule = ({ heard, gateway, at, silentAfterMs }) => {
  const rivals = rivalsAmong(gateway?.contacts ?? []);
  const jumps = heard?.condition.jumps ?? null;
  const isJumping = jumps !== null && jumps.count >= JUMPS && at - jumps.lastAt <= Math.max(silentAfterMs, LATELY_MS);
  if (rivals === null && !isJumping) return null;
  const spoke = rivals === null ? [] : [`two connections spoke in turn, from ${rivals[0].peer} and ${rivals[1].peer}`];
  const jumped = isJumping ? [`its place jumps (${jumps.count} times, last ${jumps.lastDetail})`] : [];
  return finding(
    'duplicate_ident',
    rivals !== null && isJumping ? 'certain' : 'likely',
    [...spoke, ...jumped].join(', and '),
    'find the second box: a copied configuration, or a SIM or serial number that was entered twice',
  );
};

const fixless: Rule = ({ heard }) => {
  if (heard === null) return null;
  const lacking = Object.entries(heard.condition.lacking) as [FixRejection | 'none', RejectionCount][];
  const byCount = lacking.sort(([, a], [, b]) => b.count - a.count);
  const since = heard.lastFix === null ? 'no good fix ever came' : `the last good fix was made ${utc(heard.lastFix.at)}`;
  for (const [what, { count, lastDetail }] of byCount) {
    const next = what === 'none' ? null : fixStep(what);
    if (what === 'none' || next === null) continue;
    const says = `${since}; since then ${counted(count, 'message')}: ${REJECTIONS[what]} (${lastDetail})`;
    return finding(what === 'clock' ? 'clock_wrong' : 'no_fix', 'certain', says, next);
  }
  if (heard.lastFix !== null || byCount.length === 0) return null;
  const step = 'bring the vehicle outdoors, and check that the box is set to send its position';
  return finding('no_fix', 'likely', `${since}: its messages hold no place at all`, step);
};

/** When the vehicle was last said to stand, and how; `null` where its newest word is another, or there is none. */
function saidToStand(heard: Liveness | null): { at: EpochMs; word: string } | null {
  const { ignition = null, moving = null } = heard?.condition ?? {};
  if (ignition !== null) return ignition.on ? null : { at: ignition.at, word: 'its ignition to be off' };
  return moving === null || moving.on ? null : { at: moving.at, word: 'not to move' };
}

const parked: Rule = ({ tracker, heard, at }) => {
  const said = saidToStand(heard);
  if (heard === null || said === null) return null;
  const next = needsEvidence(tracker.status)
    ? 'drive it: a parked vehicle proves nothing'
    : 'nothing, unless it should be driving: boxes sleep while the vehicle is parked';
  return finding(
    'parked',
    'likely',
    `it says ${said.word} since ${utc(said.at)}; last heard ${ago(heard.lastFrameAt, at)}`,
    next,
  );
};

const standing: Rule = ({ tracker, heard, evidence, rules }) => {
  const { walk } = evidence.distance;
  if (!needsEvidence(tracker.status) || walk.steps > 0 || walk.jitterSteps === 0 || saidToStand(heard) !== null) return null;
  const says = `of ${counted(walk.jitterSteps, 'step')} between its fixes none was longer than ${rules.jitterM} m`;
  return finding('standing', 'certain', says, `drive it about ${rules.neededM} m outdoors`);
};

const mute: Rule = ({ heard, gateway, at }) => {
  const [contact] = gateway?.contacts ?? [];
  if (heard === null && contact === undefined) return null;
  if ((heard?.messages ?? 0) > 0) return null;
  const when = heard?.lastFrameAt ?? (contact === undefined ? at : lastSignOf(contact));
  return finding(
    'no_messages',
    'certain',
    `it named itself, last ${ago(when, at)}, and has sent no data yet`,
    'check what the configuration of the box makes it record and send',
  );
};

const gone: Rule = ({ heard, gateway, at, silentAfterMs }) => {
  if (heard === null || at - heard.lastFrameAt <= silentAfterMs) return null;
  const [contact] = gateway?.contacts ?? [];
  const how =
    contact === undefined
      ? ''
      : contact.closedAt === null
        ? `; its connection is still open, without a byte for ${duration(at - lastSignOf(contact))}`
        : `; its last connection ended ${contact.code === null ? 'in order' : `by ${contact.code}`}`;
  return finding(
    'gone',
    'likely',
    `it was heard until ${utc(heard.lastFrameAt)}, ${ago(heard.lastFrameAt, at)}${how}`,
    'check the supply of the box, its SIM card and the coverage where the vehicle was last',
  );
};

/** In the order in which they are told among equals. */
const RULES: readonly Rule[] = [
  gatewayBlocked,
  sinkDown,
  notWaiting,
  damaged,
  foreignProtocol,
  mistyped,
  neverLoggedIn,
  neverCame,
  duplicate,
  fixless,
  mute,
  parked,
  standing,
  gone,
];

function nothingWrong({ tracker, heard, evidence, rules, at }: Signs): Finding {
  const last = heard === null ? '' : `last heard ${ago(heard.lastFrameAt, at)}`;
  if (!needsEvidence(tracker.status)) return finding('well', 'certain', last, 'nothing, all is well');
  const missing = Math.ceil(Math.max(0, rules.neededM - evidence.distance.walk.metres));
  return finding('on_its_way', 'certain', `${last}; ${missing} m are still missing`, `drive about ${missing} m more outdoors`);
}
