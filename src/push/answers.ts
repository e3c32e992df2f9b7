/** What each sender is answered: a car maker's cloud understands few statuses, and repeats a body for days where it gets another. */
import type { PushOutcome } from './intake.ts';

/** How a protocol's senders are answered. */
export interface PushAnswerRule {
  /** Status of what is durable. */
  taken: number;
  /** Status of what must be sent again. */
  again: number;
  /**
   * What becomes of a proven body that cannot be read. Either way it is kept in quarantine. `accept`: sending it again would not
   * help, and its sender does nothing else, or the protocol's own reply tells what was wrong. `refuse`: whoever made it should know.
   */
  unreadable: 'accept' | 'refuse';
}

const CLOUD: PushAnswerRule = { taken: 200, again: 503, unreadable: 'accept' };
const SENDER: PushAnswerRule = { taken: 200, again: 503, unreadable: 'refuse' };

const RULES: Readonly<Record<string, PushAnswerRule>> = {
  // "200 once received, 500 when not received, no other code" (server specification of the monitors).
  stellantis: { taken: 200, again: 500, unreadable: 'accept' },
  bmw: CLOUD,
  'mercedes-benz': CLOUD,
  'hyundai-kia': CLOUD,
  silence: CLOUD,
  // Its reply names what cannot be taken, fix by fix: the page forgets those and goes on.
  html5: { ...SENDER, unreadable: 'accept' },
  owntracks: SENDER,
  osmand: SENDER,
  traccar: SENDER,
  // CloudEvents 1.0.2, HTTP webhook, 2.1: 202 says that it is received and not yet processed.
  cloudevents: { taken: 202, again: 503, unreadable: 'refuse' },
};

/** An answer as HTTP has it. */
export interface PushAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | string;
}

/** Seconds after which a sender should try again. */
const RETRY_S = '5';
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** The answer to an outcome. */
export function answerTo(outcome: PushOutcome): PushAnswer {
  const rule = outcome.kind === 'unknown' ? CLOUD : (RULES[outcome.protocol] ?? CLOUD);
  switch (outcome.kind) {
    case 'unknown':
      return problem(404, 'there is no endpoint at this address, or no more');
    case 'forged':
      return problem(401, outcome.why);
    case 'ended':
      return problem(410, 'the tracker of this address is disconnected or deleted: nothing is taken for it any more');
    case 'too-long':
      return problem(413, `a body has at most ${outcome.mostBytes} bytes here`);
    case 'too-fast': {
      const retry = { 'retry-after': String(Math.ceil(outcome.waitMs / 1_000)) };
      // Who knows no other status than 500 is told that one.
      return problem(rule.again === 500 ? 500 : 429, 'more comes to this address than may: send it again later', retry);
    }
    case 'busy':
      return problem(rule.again, 'nothing can be taken now: send it again', { 'retry-after': RETRY_S });
    case 'lost':
      return problem(rule.again, 'it could not be made durable: send it again', { 'retry-after': RETRY_S });
    case 'taken':
    default:
      if (outcome.faults.length > 0 && rule.unreadable === 'refuse') return problem(400, outcome.faults.join('; '));
      return { status: rule.taken, headers: JSON_TYPE, body: outcome.reply ?? '{"received":true}' };
  }
}

function problem(status: number, msg: string, headers: Record<string, string> = {}): PushAnswer {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify({ msg }) };
}
