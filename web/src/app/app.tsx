/** Chooses what is shown: the sign-in, or the page of the present address in its frame. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button, ButtonLink } from '../parts/button.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { texts } from '../texts/index.ts';
import { PAGES, type PageEntry, type PageProps } from './pages.ts';
import { hrefOf, place } from './router.ts';
import { session } from './session.ts';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';

export function App() {
  const { value } = session;
  if (value === undefined) return <p class="sr-only">{texts.shell.loading}</p>;
  if (value === null) return <SignIn />;
  const [first = '', ...rest] = place.value.path;
  const allowed = PAGES.filter(({ roles }) => roles.includes(value.role));
  const entry = allowed.find(({ path }) => path === (first === '' ? allowed[0]?.path : first));
  return (
    <Shell pages={allowed} current={entry}>
      {entry === undefined ? <NotFound /> : <LoadedPage key={entry.path} entry={entry} rest={rest} />}
    </Shell>
  );
}

/** Pages that were loaded, so that going back shows them at once. */
const loaded = new Map<string, ComponentType<PageProps>>();

function LoadedPage({ entry, rest }: { entry: PageEntry; rest: readonly string[] }) {
  const [, setThere] = useState(loaded.has(entry.path));
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (loaded.has(entry.path)) return;
    entry.load().then(
      (module) => setThere(loaded.set(entry.path, module.default).has(entry.path)),
      () => setBroken(true),
    );
  }, [entry]);
  const Content = loaded.get(entry.path);
  if (Content !== undefined) return <Content rest={rest} />;
  return broken ? <Broken title={entry.title} /> : <Page title={entry.title}>{null}</Page>;
}

function Broken({ title }: { title: string }) {
  return (
    <Page title={title}>
      <Empty title={texts.shell.broken.title}>
        <p>{texts.shell.broken.says}</p>
        <Button onClick={() => location.reload()}>{texts.shell.broken.again}</Button>
      </Empty>
    </Page>
  );
}

function NotFound() {
  const { title, says, back } = texts.shell.notFound;
  return (
    <Page title={title}>
      <Empty title={title}>
        <p>{says}</p>
        <ButtonLink href={hrefOf(['trackers'])}>{back}</ButtonLink>
      </Empty>
    </Page>
  );
}
