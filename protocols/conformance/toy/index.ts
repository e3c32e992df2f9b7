import { toyCodec } from './toy-codec.ts';

/** The toy codec without a bug. */
export const toy = toyCodec('none');
