/**
 * Every word the console says, in one place: a translation is a folder beside `en` with the same files. Pages write
 * `texts.trackers.title`; what has numbers or names in it is a function.
 */
import { bulk } from './en/bulk.ts';
import { errors } from './en/errors.ts';
import { frames } from './en/frames.ts';
import { gateway } from './en/gateway.ts';
import { keys } from './en/keys.ts';
import { pages } from './en/pages.ts';
import { progress, register } from './en/register.ts';
import { quarantine } from './en/quarantine.ts';
import { shell } from './en/shell.ts';
import { signIn } from './en/sign-in.ts';
import { connectionTypes, providers, statuses, vehicleTypes } from './en/statuses.ts';
import { tracker } from './en/tracker.ts';
import { trackers } from './en/trackers.ts';
import { webhooks } from './en/webhooks.ts';

export const texts = {
  bulk,
  connectionTypes,
  errors,
  frames,
  gateway,
  keys,
  pages,
  progress,
  providers,
  register,
  quarantine,
  shell,
  signIn,
  statuses,
  tracker,
  trackers,
  vehicleTypes,
  webhooks,
};
