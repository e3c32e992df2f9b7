/** The first page: who are you? Below the key stands the identity provider, where there is one. */
import { useEffect, useState } from 'preact/hooks';
import { asProblem } from '../api/problem.ts';
import { Button, ButtonLink } from '../parts/button.tsx';
import { TextField } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { texts } from '../texts/index.ts';
import { Mark } from './mark.tsx';
import { go, hrefOf, place } from './router.ts';
import { provider, signedOutBecause, signIn } from './session.ts';

const FORM = /^odo_[0-9a-f]{12}_[\w-]{43}$/;

export function SignIn() {
  const [key, setKey] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const words = texts.signIn;
  useEffect(() => {
    document.title = `${words.title} · ${texts.shell.name}`;
  }, []);
  useEffect(() => {
    // The gateway sends back whom the provider did not let in, with why in the address.
    const why = place.value.query.get('sign_in');
    if (why === null) return;
    signedOutBecause.value = Object.hasOwn(words.notIn, why)
      ? words.notIn[why as keyof typeof words.notIn]
      : words.notIn.unproven;
    go(hrefOf([]), { replace: true });
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const given = key.trim();
    if (given === '') return setProblem(words.problems.empty);
    if (!FORM.test(given)) return setProblem(words.problems.form);
    setBusy(true);
    try {
      await signIn(given);
    } catch (error) {
      const { status, message } = asProblem(error);
      setProblem(status === 401 ? words.problems.refused(message) : message);
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form class="sign-in-card panel" onSubmit={(event) => void submit(event)} noValidate>
        <div class="sign-in-head">
          <Mark size={40} />
          <h1>{texts.shell.name}</h1>
        </div>
        {signedOutBecause.value === '' ? null : <Notice tone="wait">{signedOutBecause.value}</Notice>}
        <TextField
          label={words.key}
          hint={words.keyHint}
          problem={problem}
          type={shown ? 'text' : 'password'}
          name="api-key"
          autocomplete="off"
          autofocus
          spellcheck={false}
          value={key}
          onValue={(value) => {
            setKey(value);
            setProblem(null);
          }}
          beside={<Button onClick={() => setShown(!shown)}>{shown ? words.hide : words.show}</Button>}
        />
        <Button kind="primary" type="submit" busy={busy}>
          {busy ? words.going : words.go}
        </Button>
        {provider.value === null ? null : (
          <>
            <p class="sign-in-or">{words.or}</p>
            <ButtonLink href={providerUrl()}>{words.at(provider.value)}</ButtonLink>
          </>
        )}
        <p class="field-hint">{words.kept}</p>
      </form>
    </main>
  );
}

/** Where the sign-in at the provider begins: beside the page. */
const providerUrl = (): string => new URL('oidc', document.baseURI).href;
