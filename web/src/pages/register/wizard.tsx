/** Three steps from a provider to a registered tracker, which is validated at once. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { progressHref } from '../../app/links.ts';
import { go } from '../../app/router.ts';
import { present } from '../../app/session.ts';
import { Button } from '../../parts/button.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Page } from '../../parts/page.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { bodyOf, EMPTY, trackerProblems, type Draft } from './draft.ts';
import type { Provider } from './id-check.ts';
import { ProviderStep } from './provider-step.tsx';
import { TrackerStep } from './tracker-step.tsx';
import { VehicleStep } from './vehicle-step.tsx';

export function Wizard() {
  const words = texts.register;
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [papers, setPapers] = useState<File | null>(null);
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState(false);
  const { value, problem, again } = useLoaded((signal) => ask(present().client.GET('/v1/providers', { signal })), []);
  const submission = useSubmission();
  const heading = useRef<HTMLHeadingElement>(null);
  // The next step begins at its heading, for keys and for who listens.
  useEffect(() => (step > 0 ? heading.current?.focus() : undefined), [step]);
  const provider = value?.items.find(({ name }) => name === draft.provider);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const forward = (event: Event) => {
    event.preventDefault();
    if (provider === undefined) return;
    setTried(true);
    if (step === 1 && Object.keys(trackerProblems(draft, provider)).length > 0) return;
    setTried(false);
    if (step < 2) setStep(step + 1);
    else void submission.submit(draft, provider, papers);
  };
  return (
    <Page title={words.title} narrow>
      <Steps step={step} />
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      <form class="panel form register" onSubmit={forward} noValidate>
        <h2 ref={heading} tabIndex={-1}>
          {step === 0
            ? words.whichProvider
            : `${words.steps[step]}: ${draft.provider === null ? '' : texts.providers[draft.provider]}`}
        </h2>
        {step === 0 ? (
          <ProviderStep
            providers={value?.items ?? []}
            chosen={draft.provider}
            onChoice={(name) => {
              change({ provider: name, type: null });
              setStep(1);
            }}
          />
        ) : null}
        {step === 1 && provider !== undefined ? (
          <TrackerStep provider={provider} draft={draft} onChange={change} papers={papers} onPapers={setPapers} tried={tried} />
        ) : null}
        {step === 2 && provider !== undefined ? <VehicleStep provider={provider} draft={draft} onChange={change} /> : null}
        {submission.problem === null ? null : <ProblemNotice problem={submission.problem} />}
        {step === 0 ? null : (
          <div class="form-actions">
            <Button icon="back" onClick={() => setStep(step - 1)}>
              {words.back}
            </Button>
            <Button kind="primary" type="submit" busy={submission.busy}>
              {step === 1 ? words.next : submission.busy ? words.submitting : words.submit}
            </Button>
          </div>
        )}
      </form>
    </Page>
  );
}

function Steps({ step }: { step: number }) {
  return (
    <ol class="steps">
      {texts.register.steps.map((name, i) => (
        <li key={name} class={i < step ? 'is-done' : ''} aria-current={i === step ? 'step' : undefined}>
          {name}
        </li>
      ))}
    </ol>
  );
}

/** Registers, keeps the papers, and has the provider asked. Trying again after a lost answer makes no second tracker. */
function useSubmission() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const repeat = useRef({ body: '', key: '' });
  const submit = async (draft: Draft, provider: Provider, papers: File | null) => {
    setBusy(true);
    setProblem(null);
    const body = bodyOf(draft, provider);
    const text = JSON.stringify(body);
    if (repeat.current.body !== text) repeat.current = { body: text, key: crypto.randomUUID() };
    try {
      const { client } = present();
      const header = { 'idempotency-key': repeat.current.key };
      const { oid } = await ask(client.POST('/v1/trackers/register', { params: { header }, body }));
      if (papers !== null) await uploadPapers(oid, papers);
      await ask(client.POST('/v1/trackers/validate', { body: { tracker_id: body.tracker_id, provider: body.provider } }));
      go(progressHref(oid));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, submit };
}

async function uploadPapers(oid: string, papers: File): Promise<void> {
  const bytes = await papers.arrayBuffer();
  await ask(
    present().client.PUT('/v1/trackers/{oid}/registration-document', {
      params: { path: { oid } },
      body: bytes as unknown as string,
      bodySerializer: () => new Blob([bytes]),
      headers: { 'content-type': papers.type },
    } as never),
  );
}
