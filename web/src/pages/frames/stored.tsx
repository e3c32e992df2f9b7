import type { ComponentChildren } from 'preact';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { hrefOf } from '../../app/router.ts';
import { present } from '../../app/session.ts';
import { ButtonLink } from '../../parts/button.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Page } from '../../parts/page.tsx';
import { whole } from '../../format/time.ts';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { Dissection } from './dissection.tsx';

type Frame = components['schemas']['FrameDetail'];

/** A frame as a tracker has sent it. */
export function Stored({ oid, frame: id }: { oid: string; frame: string }) {
  const words = texts.frames;
  const { value, problem, again } = useLoaded(
    (stop) =>
      ask(present().client.GET('/v1/telemetry/{oid}/frames/{frame}', { params: { path: { oid, frame: id } }, signal: stop })),
    [oid, id],
  );
  const title = value === null ? words.title : words.stored(value.protocol);
  return (
    <Page
      title={title}
      actions={
        <>
          {value === null || value.dissection === null ? null : (
            <ButtonLink href={hrefOf(['frames'], { hex: value.hex, ident: value.ident })}>{words.again}</ButtonLink>
          )}
          <ButtonLink href={hrefOf(['tracker', oid], { tab: 'frames' })} icon="back">
            {words.back}
          </ButtonLink>
        </>
      }
    >
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value === null ? null : (
        <>
          <Facts frame={value} />
          {value.dissection === null ? (
            <PushedText hex={value.hex} />
          ) : (
            <Dissection dissection={value.dissection} onProtocol={null} />
          )}
        </>
      )}
    </Page>
  );
}

function Facts({ frame }: { frame: Frame }) {
  const { facts: names } = texts.frames;
  const { outcomes } = texts.tracker.frames;
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    [names.received, <time dateTime={frame.received_at}>{whole(frame.received_at)}</time>],
    [names.ident, <span class="mono">{frame.ident === '' ? '–' : frame.ident}</span>],
    [names.outcome, outcomes[frame.outcome] + (frame.fault === null ? '' : ` · ${frame.fault}`)],
    [names.listener, `${frame.listener} · ${frame.transport}`],
    [names.peer, <span class="mono">{frame.peer}</span>],
  ];
  return (
    <dl class="panel frame-facts">
      {facts.map(([name, says]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{says}</dd>
        </div>
      ))}
    </dl>
  );
}

function PushedText({ hex }: { hex: string }) {
  const words = texts.frames;
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const text = new TextDecoder().decode(bytes);
  return (
    <>
      <Notice tone="off">{words.text}</Notice>
      <pre class="panel panel-body pushed" tabIndex={0}>
        {indented(text)}
      </pre>
    </>
  );
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
