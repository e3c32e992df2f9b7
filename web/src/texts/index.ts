/**
 * Every word the console says, in one place: a translation is a folder beside `en` with the same files. Pages write
 * `texts.trackers.title`; what has numbers or names in it is a function.
 */
import { bulk } from './en/bulk.ts';
import { errors } from './en/errors.ts';
import { frames } from './en/frames.ts';
import { pages } from './en/pages.ts';
import { progress, register } from './en/register.ts';
import { shell } from './en/shell.ts';
import { signIn } from './en/sign-in.ts';
import { connectionTypes, providers, statuses, vehicleTypes } from './en/statuses.ts';
import { tracker } from './en/tracker.ts';
import { trackers } from './en/trackers.ts';

export const texts = {
  bulk,
  connectionTypes,
  errors,
  frames,
  pages,
  progress,
  providers,
  register,
  shell,
  signIn,
  statuses,
  tracker,
  trackers,
  vehicleTypes,
};
