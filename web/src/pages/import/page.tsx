/** Registers a list of trackers: read here, looked at line by line, then registered with every outcome said. */
import { useMemo, useRef, useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { present } from '../../app/session.ts';
import { count } from '../../format/number.ts';
import { Bar } from '../../parts/bar.tsx';
import { Button } from '../../parts/button.tsx';
import { CheckField, TextArea } from '../../parts/field.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Page } from '../../parts/page.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { writeCsv } from './csv.ts';
import { Preview } from './preview.tsx';
import { EXAMPLE, KNOWN, NEEDED, readFile, type ImportRow } from './rows.ts';
import { runImport, type Outcome } from './run.ts';
import './style.css';

export default function ImportPage() {
  const words = texts.bulk;
  const [text, setText] = useState('');
  const { value, problem, again } = useLoaded((signal) => ask(present().client.GET('/v1/providers', { signal })), []);
  const file = useMemo(() => (text.trim() === '' || value === null ? null : readFile(text, value.items)), [text, value]);
  return (
    <Page title={words.title}>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {file !== null && file.problem !== null ? <Notice tone="bad">{file.problem}</Notice> : null}
      {file === null || file.problem !== null ? (
        <Choose text={text} onText={setText} />
      ) : (
        <Import key={text} rows={file.rows} onAnother={() => setText('')} />
      )}
    </Page>
  );
}

function Choose({ text, onText }: { text: string; onText: (text: string) => void }) {
  const words = texts.bulk;
  const [pasted, setPasted] = useState(text);
  return (
    <section class="panel panel-body import-choose">
      <p>{words.about}</p>
      <dl class="facts">
        <dt>{words.columnsNeeded}</dt>
        <dd class="mono">{NEEDED.join(', ')}</dd>
        <dt>{words.columnsKnown}</dt>
        <dd class="mono">{KNOWN.join(', ')}</dd>
      </dl>
      <p class="muted">{words.columnsOther}</p>
      <div class="form-actions">
        <Button icon="download" onClick={() => saveFile('trackers.csv', EXAMPLE)}>
          {words.example}
        </Button>
      </div>
      <label class="field">
        <span class="field-label">{words.file}</span>
        <input
          class="input input-file"
          type="file"
          name="file"
          accept=".csv,.txt,text/csv,text/plain"
          onInput={(event) => void event.currentTarget.files?.[0]?.text().then(onText)}
        />
        <span class="field-hint">{words.fileHint}</span>
      </label>
      <TextArea label={words.paste} name="pasted" value={pasted} onValue={setPasted} />
      <div class="form-actions">
        <Button kind="primary" onClick={() => onText(pasted)}>
          {words.read}
        </Button>
      </div>
    </section>
  );
}

/** What a run has come to, kept beside the lines. */
function useRun(rows: readonly ImportRow[]) {
  const [outcomes, setOutcomes] = useState<ReadonlyMap<number, Outcome>>(new Map());
  const [running, setRunning] = useState(false);
  const stop = useRef(new AbortController());
  const all = useRef(new Map<number, Outcome>());
  const start = async (validate: boolean) => {
    stop.current = new AbortController();
    setRunning(true);
    const isDone = ({ line }: ImportRow) => ['registered', 'there'].includes(all.current.get(line)?.state ?? '');
    // Drawn now and then: a thousand lines have two thousand changes.
    const draw = setInterval(() => setOutcomes(new Map(all.current)), 150);
    await runImport({
      rows: rows.filter((row) => !isDone(row)),
      validate,
      signal: stop.current.signal,
      told: (line, outcome) => all.current.set(line, outcome),
    });
    clearInterval(draw);
    setOutcomes(new Map(all.current));
    setRunning(false);
  };
  return { outcomes, running, start, pause: () => stop.current.abort() };
}

function Import({ rows, onAnother }: { rows: readonly ImportRow[]; onAnother: () => void }) {
  const words = texts.bulk;
  const right = useMemo(() => rows.filter(({ problems }) => problems.length === 0), [rows]);
  const [validate, setValidate] = useState(true);
  const [onlyWrong, setOnlyWrong] = useState(false);
  const { outcomes, running, start, pause } = useRun(right);
  const states = [...outcomes.values()].map(({ state }) => state);
  const ended = states.filter((state) => state !== 'running').length;
  const failed = states.filter((state) => state === 'failed').length;
  const isWrong = ({ line, problems }: ImportRow) => problems.length > 0 || outcomes.get(line)?.state === 'failed';
  const begun = outcomes.size > 0 || running;
  const complete = begun && !running && ended === right.length;
  return (
    <>
      <section class="panel panel-body import-head">
        <p>
          {words.preview(count(rows.length))} · <strong class="import-right">{words.right(count(right.length))}</strong>
          {right.length === rows.length ? null : (
            <>
              {' '}
              · <strong class="import-wrong">{words.wrong(count(rows.length - right.length))}</strong>
            </>
          )}
        </p>
        {begun ? (
          <div class="driven" aria-live="polite">
            <span>{complete ? words.done : running ? words.outcomes.running : ''}</span>
            <span class="driven-of">{words.progress(count(ended), count(right.length))}</span>
            <Bar value={ended} most={right.length} label={words.title} />
          </div>
        ) : (
          <CheckField label={words.validate} checked={validate} onValue={setValidate} />
        )}
        <div class="form-actions">
          {running ? <Button onClick={pause}>{words.pause}</Button> : null}
          {!running && !complete && right.length > 0 ? (
            <Button kind="primary" onClick={() => void start(validate)}>
              {begun ? words.goOn : words.start(count(right.length))}
            </Button>
          ) : null}
          {complete && failed > 0 ? <Button onClick={() => void start(validate)}>{words.again}</Button> : null}
          {begun && !running ? (
            <Button icon="download" onClick={() => saveFile('trackers-result.csv', resultOf(rows, outcomes))}>
              {words.download}
            </Button>
          ) : null}
          {running ? null : (
            <Button kind="plain" onClick={onAnother}>
              {words.another}
            </Button>
          )}
        </div>
        {begun ? <p class="muted small">{words.resumable}</p> : null}
        <CheckField label={words.onlyWrong} checked={onlyWrong} onValue={setOnlyWrong} />
      </section>
      <Preview rows={onlyWrong ? rows.filter(isWrong) : rows} outcomes={outcomes} />
    </>
  );
}

/** The result as a file: what was asked for, and what became of it. */
function resultOf(rows: readonly ImportRow[], outcomes: ReadonlyMap<number, Outcome>): string {
  const heading = ['line', 'provider', 'tracker_id', 'license_plate', 'outcome', 'oid', 'status', 'problem'];
  const lines = rows.map(({ line, body, problems }) => {
    const outcome = outcomes.get(line);
    const plate = body.object_id?.['license_plate'];
    const what = problems.length > 0 ? 'wrong' : (outcome?.state ?? 'ready');
    const [oid, status] = outcome !== undefined && 'oid' in outcome ? [outcome.oid, outcome.status] : ['', ''];
    const problem = problems.length > 0 ? problems.join('; ') : outcome?.state === 'failed' ? outcome.says : '';
    return [String(line), body.provider, body.tracker_id, typeof plate === 'string' ? plate : '', what, oid, status, problem];
  });
  return writeCsv([heading, ...lines]);
}
