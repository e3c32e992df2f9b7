/** The explanation of a tracker as the API shows it. */
import { z } from 'zod';
import { CAUSES, type Cause, type Finding } from '../lifecycle/causes.ts';
import type { Liveness } from '../lifecycle/liveness.ts';
import type { ValidationProgress } from '../lifecycle/why-facts.ts';
import type { Why } from '../lifecycle/why.ts';
import { time, timeOf, timeOrNull } from './shapes.ts';
import { shownTracker, shownTransition, trackerShape, transitionShape } from './tracker-shapes.ts';

const fixShape = z.object({ at: time, lat: z.number(), lon: z.number() });

export const heardShape = z.object({
  ident: z.string().meta({ description: 'What the device calls itself' }),
  protocol: z.string(),
  listener: z.string(),
  peer: z.string(),
  first_frame_at: time,
  last_frame_at: time,
  frames: z.int(),
  messages: z.int().meta({ description: 'Messages that were not sent before' }),
  duplicates: z.int().meta({ description: 'Frames that held nothing new' }),
  last_message_at: time.nullable().meta({ description: 'When the newest message happened, by the clock of the device' }),
  last_quarantine: z.object({ code: z.string(), detail: z.string(), at: time }).nullable(),
});

/** Causes by name. */
export const causeShape = z.enum(Object.keys(CAUSES) as [Cause, ...Cause[]]);

export const findingShape = z.object({
  cause: causeShape,
  certainty: z.enum(['certain', 'likely', 'possible']),
  says: z.string(),
  next: z.string(),
});

export const whyShape = z
  .object({
    tracker: trackerShape,
    next: z.string().meta({ description: 'The next thing to try' }),
    lines: z.array(z.string()).meta({ description: 'The whole explanation in plain words' }),
    metres: z.number().meta({ description: 'Driven so far, as accepted fixes show it' }),
    needed_metres: z.number(),
    missing_metres: z.number(),
    last_accepted_fix: fixShape.nullable(),
    last_heard: heardShape.nullable(),
    rejected: z.array(
      z.object({ reason: z.string(), means: z.string(), count: z.int(), last_at: time, last_detail: z.string() }),
    ),
    findings: z.array(findingShape).meta({ description: 'Why it is silent, or not connected yet, the surest cause first' }),
    validation: z
      .object({
        started_at: time,
        attempts: z.int(),
        waiting_for: z.string(),
        last_answer: z.string().nullable(),
        last_answer_at: time.nullable(),
        next_try_at: time.nullable(),
      })
      .nullable()
      .meta({ description: 'What its validation waits for, and what the provider said last; null while none is under way' }),
    differs: z.array(z.string()).meta({ description: 'How it differs from trackers of the same model' }),
    transitions: z.array(transitionShape),
  })
  .meta({ id: 'Why' });

export function shownWhy(why: Why) {
  return {
    tracker: shownTracker(why.tracker),
    next: why.next,
    lines: [...why.lines],
    metres: why.metres,
    needed_metres: why.neededM,
    missing_metres: why.missingM,
    last_accepted_fix: why.lastAccepted === null ? null : { ...why.lastAccepted, at: timeOf(why.lastAccepted.at) },
    last_heard: why.lastHeard === null ? null : shownLiveness(why.lastHeard),
    rejected: why.rejected.map(({ reason, means, count, lastAt, lastDetail }) => {
      return { reason, means, count, last_at: timeOf(lastAt), last_detail: lastDetail };
    }),
    findings: why.findings.map(shownFinding),
    validation: why.validation === null ? null : shownValidation(why.validation),
    differs: [...why.differs],
    transitions: why.transitions.map(shownTransition),
  };
}

export function shownFinding({ cause, certainty, says, next }: Finding) {
  return { cause, certainty, says, next };
}

function shownValidation({ startedAt, attempts, waitingFor, lastAnswer, lastAnswerAt, nextTryAt }: ValidationProgress) {
  return {
    started_at: timeOf(startedAt),
    attempts,
    waiting_for: waitingFor,
    last_answer: lastAnswer,
    last_answer_at: timeOrNull(lastAnswerAt),
    next_try_at: timeOrNull(nextTryAt),
  };
}

export function shownLiveness(heard: Liveness) {
  const { ident, protocol, listener, peer, frames, messages, duplicates, lastQuarantine } = heard;
  return {
    ident,
    protocol,
    listener,
    peer,
    first_frame_at: timeOf(heard.firstFrameAt),
    last_frame_at: timeOf(heard.lastFrameAt),
    frames,
    messages,
    duplicates,
    last_message_at: timeOrNull(heard.lastMessageAt),
    last_quarantine: lastQuarantine === null ? null : { ...lastQuarantine, at: timeOf(lastQuarantine.at) },
  };
}
