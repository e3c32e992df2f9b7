/** A frame in quarantine, all of it. */
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { asProblem, type Problem } from '../../api/problem.ts';
import { trackerHref } from '../../app/links.ts';
import { hrefOf } from '../../app/router.ts';
import { mayManage, present } from '../../app/session.ts';
import { count } from '../../format/number.ts';
import { whole } from '../../format/time.ts';
import { Button, ButtonLink } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { HexDump } from '../../parts/hex-dump.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import type { Frame } from './frame-table.tsx';

type Retried = components['schemas']['RetriedFrame'];

export function FrameDialog({ id, onRetried, onClose }: { id: string; onRetried: () => void; onClose: () => void }) {
  const words = texts.quarantine.detail;
  const params = { path: { id } };
  const { value, problem, again } = useLoaded(
    (stop) => ask(present().client.GET('/v1/quarantine/{id}', { params, signal: stop })),
    [id],
  );
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Retried | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const retry = async () => {
    setBusy(true);
    setFailed(null);
    try {
      setOutcome(await ask(present().client.POST('/v1/quarantine/{id}/retry', { params })));
      again();
      onRetried();
    } catch (error) {
      setFailed(asProblem(error));
    }
    setBusy(false);
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value === null ? null : (
        <>
          <Notice tone="wait">
            <p>
              <code>{value.code}</code> {value.means}
            </p>
            <p class="small">{value.detail}</p>
          </Notice>
          <Facts frame={value} />
          <h3>
            {words.hex} <span class="muted small">{texts.quarantine.bytes(count(value.frame_bytes))}</span>
          </h3>
          <HexDump hex={value.frame_hex} label={words.hex} />
          {outcome === null ? null : (
            <Notice tone={outcome.result === 'failed' ? 'bad' : 'good'}>{outcomeWords(outcome)}</Notice>
          )}
          {failed === null ? null : <ProblemNotice problem={failed} />}
          <div class="form-actions">
            {value.state === 'open' && mayManage() ? (
              <Button kind="primary" icon="reload" busy={busy} onClick={() => void retry()}>
                {words.retry}
              </Button>
            ) : null}
            <ButtonLink
              icon="frames"
              href={hrefOf(['frames'], { hex: value.frame_hex, protocol: value.protocol, ident: value.ident ?? '' })}
            >
              {words.dissect}
            </ButtonLink>
          </div>
        </>
      )}
    </Dialog>
  );
}

function outcomeWords({ result, code, detail, new_messages: fresh }: Retried): string {
  const words = texts.quarantine.results;
  if (result === 'failed') return words.failed(`${code ?? ''} ${detail}`.trim());
  return result === 'stored' ? words.stored(count(fresh)) : words.duplicate;
}

function Facts({ frame }: { frame: Frame }) {
  const words = texts.quarantine.detail;
  const { ident, tracker, protocol, codec_version: version, dialect, transport, listener, peer, last_retry: last } = frame;
  return (
    <dl class="facts">
      <dt>{words.received}</dt>
      <dd>{whole(frame.received_at)}</dd>
      <dt>{words.ident}</dt>
      <dd class="mono">{ident ?? texts.quarantine.noIdent}</dd>
      {tracker === null ? null : (
        <>
          <dt>{words.tracker}</dt>
          <dd>
            <a href={trackerHref(tracker.oid)}>{tracker.tracker_id}</a>
          </dd>
        </>
      )}
      <dt>{words.protocol}</dt>
      <dd>
        {protocol}
        {dialect === null ? '' : ` ${dialect}`}, {words.codec(version)}
      </dd>
      <dt>{words.way}</dt>
      <dd>
        {transport.toUpperCase()} {listener} <span class="mono">{peer}</span>
      </dd>
      {last === null ? null : (
        <>
          <dt>{words.last}</dt>
          <dd>
            {whole(last.at)}: {last.code ?? last.result}
          </dd>
        </>
      )}
    </dl>
  );
}
