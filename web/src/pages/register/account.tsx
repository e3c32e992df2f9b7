/** The account of the company at a provider: which one is used, and the way to give another. It is tried before anything rests on it. */
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { asProblem } from '../../api/problem.ts';
import { present } from '../../app/session.ts';
import { whole } from '../../format/time.ts';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import type { Provider } from './id-check.ts';

/** `onKept` is called when an account was kept that the provider accepts, or cannot be asked about. */
export function AccountPanel({ provider, onKept }: { provider: Provider; onKept?: () => void }) {
  const words = texts.register.account;
  const [giving, setGiving] = useState(false);
  const [outcome, setOutcome] = useState<{ works: boolean; says: string } | null>(null);
  const { value, problem, again } = useLoaded(
    (signal) => ask(present().client.GET('/v1/credentials', { params: { query: { limit: 100 } }, signal })),
    [],
  );
  // The newest is the one that is used.
  const used = value?.items
    .filter((each) => each.provider === provider.name)
    .toSorted((a, b) => b.created_at.localeCompare(a.created_at))[0];
  const shown = giving || (value !== null && used === undefined);
  return (
    <section class="account" aria-label={words.title}>
      <h3>{words.title}</h3>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {used === undefined ? null : <p>{words.has(used.name, whole(used.created_at))}</p>}
      {value !== null && used === undefined ? <p class="muted">{words.none}</p> : null}
      {outcome === null ? null : (
        <Notice tone={outcome.works ? 'good' : 'bad'}>
          <p>{outcome.says}</p>
        </Notice>
      )}
      {shown ? (
        <AccountForm
          provider={provider}
          onKept={(made) => {
            setOutcome(made);
            setGiving(false);
            again();
            if (made.works) onKept?.();
          }}
        />
      ) : null}
      {used === undefined ? null : <Button onClick={() => setGiving(!giving)}>{giving ? words.keep : words.other}</Button>}
    </section>
  );
}

function AccountForm({
  provider,
  onKept,
}: {
  provider: Provider;
  onKept: (outcome: { works: boolean; says: string }) => void;
}) {
  const words = texts.register.account;
  const [values, setValues] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const { required, optional } = provider.credentials ?? { required: [], optional: [] };
  const keep = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const credentials = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));
      const { client } = present();
      const { id } = await ask(client.POST('/v1/credentials/register', { body: { provider: provider.name, credentials } }));
      onKept(await testOf(id));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  // No form of its own: it stands in one.
  return (
    <div
      class="form"
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
        event.preventDefault();
        void keep();
      }}
    >
      {[...required, ...optional].map((name) => (
        <TextField
          key={name}
          label={`${words.fields[name] ?? name}${optional.includes(name) ? ` (${words.optional})` : ''}`}
          name={`account-${name}`}
          type={/password|token|secret|key/.test(name) ? 'password' : 'text'}
          autocomplete="off"
          spellcheck={false}
          value={values[name] ?? ''}
          onValue={(value) => setValues((before) => ({ ...before, [name]: value }))}
        />
      ))}
      <p class="field-hint">{words.sealed}</p>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <div class="form-actions">
        <Button busy={busy} onClick={() => void keep()}>
          {busy ? words.saving : words.save}
        </Button>
      </div>
    </div>
  );
}

async function testOf(id: string): Promise<{ works: boolean; says: string }> {
  const words = texts.register.account;
  try {
    await ask(present().client.POST('/v1/credentials/{id}/test', { params: { path: { id } } }));
    return { works: true, says: words.works };
  } catch (error) {
    return { works: false, says: `${words.refused} ${asProblem(error).message}` };
  }
}
