/** What a webhook is told of, in words. */
import type { components } from '../../api/client.ts';
import { texts } from '../../texts/index.ts';

export function wantsOf({ events }: Pick<components['schemas']['Webhook'], 'events'>): string {
  const words = texts.webhooks;
  const what = events.types.length === 0 ? words.all : events.types.map((type) => words.events[type]).join(', ');
  const only = [
    ...events.statuses.map((status) => texts.statuses[status]),
    ...events.providers.map((name) => texts.providers[name]),
  ];
  return only.length === 0 ? what : `${what}, ${words.onlyFor(only.join(', '))}`;
}
