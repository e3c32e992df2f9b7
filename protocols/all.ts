/** Every codec of this version. A codec that is not listed here does not exist for the gateway. */
import { codecRegistry } from './registry.ts';
import { teltonika } from './teltonika/index.ts';

export const CODECS = codecRegistry([teltonika]);
