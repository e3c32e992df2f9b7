/** The frame around every page: who is signed in, where one can go, and what keys do. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { texts } from '../texts/index.ts';
import { colours, turnColours } from './colours.ts';
import { useKeys } from './keys.ts';
import { Mark } from './mark.tsx';
import type { PageEntry } from './pages.ts';
import { go, hrefOf, place } from './router.ts';
import { session, signOut } from './session.ts';
import { Shortcuts } from './shortcuts.tsx';

const COLOUR_ICONS = { auto: 'half', light: 'sun', dark: 'moon' } as const;

export function Shell({
  pages,
  current,
  children,
}: {
  pages: readonly PageEntry[];
  current: PageEntry | undefined;
  children: ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(false);
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  // Whoever went elsewhere starts at its top, and the menu has done its work.
  const { path } = place.value;
  useEffect(() => {
    setOpen(false);
    if (main.current !== null) main.current.scrollTop = 0;
  }, [path.join('/')]);
  const listed = pages.filter((page) => page.listed !== false);
  useKeys({
    '?': () => setHelp(true),
    Escape: () => setOpen(false),
    ...Object.fromEntries(listed.slice(0, 9).map((page, i) => [`g ${i + 1}`, () => go(hrefOf([page.path]))])),
  });
  return (
    <div class={`shell ${isOpen ? 'is-open' : ''}`}>
      <a class="shell-skip" href="#content" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {texts.shell.skip}
      </a>
      <header class="shell-top">
        <Button kind="plain" icon="menu" label={texts.shell.menu} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} />
        <a class="shell-brand" href={hrefOf([])}>
          <Mark /> {texts.shell.name}
        </a>
      </header>
      <div class="shell-veil" onClick={() => setOpen(false)} />
      <Side listed={listed} current={current} onHelp={() => setHelp(true)} />
      <main class="shell-main" id="content" tabIndex={-1} ref={main}>
        {children}
      </main>
      {help ? <Shortcuts pages={listed} onClose={() => setHelp(false)} /> : null}
    </div>
  );
}

function Side({
  listed,
  current,
  onHelp,
}: {
  listed: readonly PageEntry[];
  current: PageEntry | undefined;
  onHelp: () => void;
}) {
  const { value } = session;
  return (
    <header class="shell-side">
      <a class="shell-brand" href={hrefOf([])}>
        <Mark /> {texts.shell.name}
      </a>
      <nav class="shell-nav" aria-label={texts.shell.navigation}>
        {listed.map(({ path, title, icon }) => (
          <a key={path} class="shell-link" href={hrefOf([path])} aria-current={path === current?.path ? 'page' : undefined}>
            <Icon name={icon} />
            {title}
          </a>
        ))}
      </nav>
      <div class="shell-foot">
        {value ? (
          <p class="shell-who small">
            <strong>{value.company?.name ?? texts.shell.name}</strong>
            {value.keyId === '' ? <span class="shell-person">{value.name}</span> : null}
            <span class="muted">{texts.shell.roles[value.role]}</span>
          </p>
        ) : null}
        <div class="shell-tools">
          <Button
            kind="plain"
            icon={COLOUR_ICONS[colours.value]}
            label={texts.shell.colours[colours.value]}
            onClick={turnColours}
          />
          <Button kind="plain" icon="help" label={texts.shell.help} onClick={onHelp} />
          <Button kind="plain" icon="signOut" label={texts.shell.signOut} onClick={() => signOut()} />
        </div>
      </div>
    </header>
  );
}
