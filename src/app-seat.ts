/** The program of one process of several: the supervisor starts it. */
import { keepCompiled } from './app-compile-cache.ts';

keepCompiled();
const { holdSeat } = await import('./app-seat-holder.ts');
holdSeat();
