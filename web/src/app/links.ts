/** Addresses that several pages lead to. */
import { hrefOf } from './router.ts';

/** The page of a tracker. */
export const trackerHref = (oid: string): string => hrefOf(['tracker', oid]);

/** Where the registration of a tracker is watched and mended. */
export const progressHref = (oid: string): string => hrefOf(['register', oid]);
