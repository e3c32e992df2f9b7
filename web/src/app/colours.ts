/** Dark or light: as the system has it, until somebody says otherwise. */
import { signal } from '@preact/signals';

const CHOICES = ['auto', 'light', 'dark'] as const;
export type Colours = (typeof CHOICES)[number];

const STORED = 'odograph.colours';

export const colours = signal<Colours>(CHOICES.find((choice) => choice === localStorage.getItem(STORED)) ?? 'auto');

/** Shows the page in the chosen colours, now and whenever they change. */
export function useColours(): void {
  colours.subscribe((choice) => {
    if (choice === 'auto') delete document.documentElement.dataset['colours'];
    else document.documentElement.dataset['colours'] = choice;
    localStorage.setItem(STORED, choice);
  });
}

/** The next choice, round and round. */
export function turnColours(): void {
  colours.value = CHOICES[(CHOICES.indexOf(colours.value) + 1) % CHOICES.length] ?? 'auto';
}
