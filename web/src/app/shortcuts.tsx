import { Dialog } from '../parts/dialog.tsx';
import { texts } from '../texts/index.ts';
import type { PageEntry } from './pages.ts';

/** The list of what keys do. */
export function Shortcuts({ pages, onClose }: { pages: readonly PageEntry[]; onClose: () => void }) {
  const { shortcuts } = texts.shell;
  const everywhere: [string[], string][] = [
    [['?'], shortcuts.help],
    [['/'], shortcuts.search],
    [['Esc'], shortcuts.escape],
    ...pages.slice(0, 9).map(({ title }, i): [string[], string] => [['g', String(i + 1)], title]),
  ];
  const lists: [string[], string][] = [
    [['j'], shortcuts.down],
    [['k'], shortcuts.up],
    [['Enter'], shortcuts.open],
  ];
  return (
    <Dialog title={shortcuts.title} onClose={onClose}>
      <KeyTable title={shortcuts.everywhere} rows={everywhere} />
      <KeyTable title={shortcuts.lists} rows={lists} />
    </Dialog>
  );
}

function KeyTable({ title, rows }: { title: string; rows: readonly [readonly string[], string][] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl class="facts">
        {rows.map(([keys, says]) => [
          <dt key={`${says} keys`}>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>,
          <dd key={says}>{says}</dd>,
        ])}
      </dl>
    </section>
  );
}
