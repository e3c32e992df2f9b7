/** Shows a state. The page's elements are in `index.html`; here they are filled, shown and hidden. */
import type { PageState } from './state.ts';
import { ago, awayNotice, forTracker, HEADLINES, LABELS, metresText, NOTICES, progressText, type Headline } from './words.ts';

/** What the buttons do. */
export interface Wishes {
  start: () => void;
  stop: () => void;
  again: () => void;
  takeOver: () => void;
  paste: (text: string) => void;
  dismiss: () => void;
}

const LINK_PHASES: ReadonlySet<PageState['phase']> = new Set([
  'no-link',
  'link-unknown',
  'link-used',
  'link-expired',
  'ended',
] as const);

export class View {
  #state: PageState | null = null;
  #pasteProblem = false;

  constructor(wishes: Wishes) {
    document.title = LABELS.appName;
    text('name', LABELS.appName);
    for (const [id, label] of [
      ['accuracy-label', LABELS.accuracy],
      ['fix-label', LABELS.position],
      ['taken-label', LABELS.taken],
      ['waiting-label', LABELS.waiting],
      ['sent-label', LABELS.sent],
      ['paste-label', LABELS.paste],
      ['start', LABELS.start],
      ['stop', LABELS.stop],
      ['again', LABELS.again],
      ['take-over', LABELS.here],
      ['open', LABELS.open],
      ['dismiss', LABELS.dismiss],
    ] as const) {
      text(id, label);
    }
    element('progress').setAttribute('aria-label', LABELS.progress);
    const press = (id: string, act: () => void): void => element(id).addEventListener('click', act);
    press('start', wishes.start);
    press('stop', wishes.stop);
    press('again', wishes.again);
    press('take-over', wishes.takeOver);
    press('dismiss', wishes.dismiss);
    press('open', () => wishes.paste((element('paste') as HTMLInputElement).value));
    setInterval(() => this.#facts(), 1_000);
  }

  /** What was pasted is no link. */
  refusePaste(): void {
    this.#pasteProblem = true;
    if (this.#state !== null) this.show(this.#state);
  }

  show(state: PageState): void {
    if (state.phase !== this.#state?.phase) this.#pasteProblem &&= LINK_PHASES.has(state.phase);
    this.#state = state;
    const headline = headlineOf(state);
    document.body.dataset['state'] = headline;
    const [heading, words] = HEADLINES[headline];
    text('heading', heading);
    text('words', words);
    element('card').dataset['tone'] = toneOf(headline);
    text('tracker', state.trackerName === null ? '' : forTracker(state.trackerName));
    const { phase, position } = state;
    show('start', phase === 'ready' || phase === 'stopped' || phase === 'link-away');
    show('stop', phase === 'running');
    show('again', phase === 'ended' || (phase === 'running' && position === 'denied'));
    show('take-over', phase === 'other-tab');
    show('link', LINK_PHASES.has(phase));
    show('paste-problem', this.#pasteProblem);
    text('paste-problem', NOTICES.badPaste);
    this.#facts();
    this.#notices(state);
  }

  #facts(): void {
    const state = this.#state;
    if (state === null) return;
    const { phase, position, standing, accuracyM, lastFixAt, lastSentAt, waiting, taken } = state;
    const now = Date.now();
    const isAtWork = (phase === 'running' && position !== 'denied') || phase === 'stopped';
    show('facts', isAtWork);
    text('accuracy', accuracyM === null ? '–' : metresText(accuracyM));
    text('fix', lastFixAt === null ? '–' : ago(now - lastFixAt));
    text('taken', String(taken));
    text('waiting', String(waiting));
    text('sent', lastSentAt === null ? '–' : ago(now - lastSentAt));
    const isDriving = isAtWork && standing !== null && standing.status !== 'connected';
    show('way', isDriving);
    if (standing === null) return;
    const bar = element('progress') as HTMLProgressElement;
    bar.max = standing.neededM;
    bar.value = Math.min(standing.metres, standing.neededM);
    text('way-text', progressText(standing.metres, standing.neededM));
  }

  #notices(state: PageState): void {
    const { phase, away, screen, standing, isStorageFull, isPersistent, reach, waiting } = state;
    const isRunning = phase === 'running';
    show('away', away !== null);
    if (away !== null) text('away-text', awayNotice(away.why, away.ms, away.taken));
    const notices = [
      isRunning && isStorageFull ? NOTICES.storageFull : null,
      isRunning && standing?.status === 'pending' ? NOTICES.notValidated : null,
      isRunning && reach === 'busy' ? NOTICES.busy : null,
      isRunning && screen === 'held' ? NOTICES.screenHeld : null,
      isRunning && screen === 'may-lock' ? NOTICES.screenMayLock : null,
      isRunning && !isPersistent && waiting > 20 ? NOTICES.notPersistent : null,
      phase === 'ended' && waiting > 0 ? NOTICES.unsent(waiting) : null,
    ].filter((notice) => notice !== null);
    const list = element('notices');
    if (list.textContent === notices.join('')) return;
    list.replaceChildren(
      ...notices.map((notice) => {
        const item = document.createElement('li');
        item.textContent = notice;
        return item;
      }),
    );
  }
}

/** What counts most of all that is so. */
function headlineOf({ phase, position, reach, standing }: PageState): Headline {
  if (phase !== 'running') return phase;
  if (position !== 'found') return position;
  if (reach === 'away') return 'offline';
  return standing?.status === 'connected' ? 'connected' : 'tracking';
}

function toneOf(headline: Headline): 'calm' | 'good' | 'care' | 'bad' {
  if (headline === 'tracking' || headline === 'connected') return 'good';
  if (['offline', 'waiting', 'unavailable', 'other-tab', 'link-away'].includes(headline)) return 'care';
  if (['loading', 'ready', 'opening', 'asking', 'no-link', 'stopped'].includes(headline)) return 'calm';
  return 'bad';
}

function element(id: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`#${id}`);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** Only what has changed is written, so that screen readers do not say it again. */
function text(id: string, words: string): void {
  const found = element(id);
  if (found.textContent !== words) found.textContent = words;
}

function show(id: string, isShown: boolean): void {
  element(id).hidden = !isShown;
}
