/** Addresses that several pages lead to. */
import { hrefOf } from './router.ts';

/** The page of a tracker. */
export const trackerHref = (oid: string): string => hrefOf(['tracker', oid]);
