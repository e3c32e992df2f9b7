/** What a colour says; a shape goes with each, for who does not see colours. */
export type Tone = 'good' | 'wait' | 'bad' | 'off';

const OF_CATEGORY = { connected: 'good', pending: 'wait', error: 'bad', disconnected: 'off' } as const;

/** The tone of a category of statuses. */
export const toneOf = (category: keyof typeof OF_CATEGORY): Tone => OF_CATEGORY[category];
