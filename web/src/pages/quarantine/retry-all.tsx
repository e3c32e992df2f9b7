/** Tries all frames of a filter again, a page at a time, and says what became of them. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { asProblem, type Problem } from '../../api/problem.ts';
import { present } from '../../app/session.ts';
import { count } from '../../format/number.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { texts } from '../../texts/index.ts';
import type { queryOf } from './query.ts';

const PAGE = 50;
interface Outcomes {
  stored: number;
  duplicate: number;
  failed: number;
}

interface RetryAllProps {
  query: ReturnType<typeof queryOf>;
  label: string;
  /** Whether there is anything to try; what became of the last ones is shown without. */
  offered: boolean;
  onDone: () => void;
}

export function RetryAll({ query, label, offered, onDone }: RetryAllProps) {
  const words = texts.quarantine;
  const [running, setRunning] = useState(false);
  const [outcomes, setOutcomes] = useState<Outcomes | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const stopped = useRef(false);
  useEffect(() => () => void (stopped.current = true), []);
  const run = async () => {
    stopped.current = false;
    setRunning(true);
    setFailed(null);
    const sum: Outcomes = { stored: 0, duplicate: 0, failed: 0 };
    setOutcomes(sum);
    try {
      let cursor: string | null = '';
      while (cursor !== null && !stopped.current) {
        const body = { ...query, limit: PAGE, ...(cursor === '' ? {} : { cursor }) };
        const page: Awaited<ReturnType<typeof retryPage>> = await retryPage(body);
        for (const { result } of page.items) sum[result]++;
        setOutcomes({ ...sum });
        cursor = page.next_cursor;
      }
    } catch (error) {
      setFailed(asProblem(error));
    }
    setRunning(false);
    onDone();
  };
  const close = () => {
    stopped.current = true;
    setOutcomes(null);
    setFailed(null);
  };
  return (
    <>
      {offered || running ? (
        <Button icon="reload" busy={running} onClick={() => void run()}>
          {label}
        </Button>
      ) : null}
      {outcomes === null ? null : (
        <Dialog title={words.retryMany} onClose={close}>
          {running ? (
            <p role="status">{words.retrying(count(outcomes.stored + outcomes.duplicate + outcomes.failed))}</p>
          ) : (
            <Notice tone={outcomes.failed > 0 ? 'wait' : 'good'}>
              {words.retriedAll(count(outcomes.stored), count(outcomes.duplicate), count(outcomes.failed))}
            </Notice>
          )}
          {failed === null ? null : <ProblemNotice problem={failed} />}
          <div class="form-actions">
            <Button onClick={close}>{running ? words.stop : texts.shell.close}</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

const retryPage = (body: ReturnType<typeof queryOf> & { limit: number; cursor?: string }) =>
  ask(present().client.POST('/v1/quarantine/retry', { body }));
