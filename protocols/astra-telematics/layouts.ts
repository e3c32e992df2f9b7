/**
 * The modular protocols and their dialects: how a report begins, and which modules its mask can announce.
 *
 * Source: the maker's readers of protocol X 3.0 and 2.13 and of Y 2.2. Protocol Z is a customer's variant of X of which only
 * the sizes are known; it is named by the login alone.
 */
import { CORE_MODULES, TRAILER_ID } from './modules-core.ts';
import { LIGHT_MODULES } from './modules-light.ts';
import { TRADE_MODULES } from './modules-trade.ts';
import { VARIABLE_MODULES } from './modules-variable.ts';
import { VEHICLE_MODULES } from './modules-vehicle.ts';
import { raw, Y_MODULES } from './modules-y.ts';
import type { Module } from './module.ts';

/** Names of the dialects: what a login announces, or what only the sizes of the modules tell. */
export type Dialect = 'X' | 'X2.13' | 'Y' | 'Z';

/** How reports of a dialect are written. Offsets are in the report. */
export interface Layout {
  readonly dialect: Dialect;
  /** Sequence, mask, time, reasons, status. */
  readonly headBytes: number;
  readonly maskBytes: 6 | 10;
  readonly timeAt: number;
  readonly reasonsAt: number;
  readonly reasonBytes: 4 | 8;
  /** The low byte of the status. */
  readonly statusAt: number;
  readonly statusBytes: 2 | 4;
  /** Whether each module begins with a count of its bytes. */
  readonly counted: boolean;
  /** By bit; `null` where nobody knows the size. */
  readonly modules: readonly (Module | null)[];
}

function tableOf(bits: number, ...lists: (readonly Module[])[]): readonly (Module | null)[] {
  const table: (Module | null)[] = Array.from({ length: bits }, () => null);
  for (const list of lists) for (const module of list) table[module.bit] = module;
  return table;
}

const X_MODULES: readonly Module[] = [
  ...CORE_MODULES,
  ...VEHICLE_MODULES,
  ...TRADE_MODULES,
  ...LIGHT_MODULES,
  ...VARIABLE_MODULES,
];

/** Sizes of the modules that Z has otherwise than X. */
const Z_SIZES: readonly (readonly [bit: number, bytes: number])[] = [
  [17, 17],
  [19, 10],
  [20, 19],
  [25, 6],
  [30, 1],
  [31, 25],
  [32, 46],
  [33, 38],
  [34, 106],
  [35, 9],
  [36, 31],
  [37, 26],
  [38, 71],
];
const Z_MODULES: readonly Module[] = Z_SIZES.map(([bit, bytes]) => raw(bit, bytes, `astra-telematics.z.module${bit}`));

const X_HEAD = {
  headBytes: 17,
  maskBytes: 6,
  timeAt: 7,
  reasonsAt: 11,
  reasonBytes: 4,
  statusAt: 16,
  statusBytes: 2,
  counted: false,
} as const;

const X: Layout = { ...X_HEAD, dialect: 'X', modules: tableOf(48, X_MODULES) };
const X213: Layout = { ...X_HEAD, dialect: 'X2.13', modules: tableOf(48, X_MODULES, [TRAILER_ID]) };
const Z: Layout = { ...X_HEAD, dialect: 'Z', modules: tableOf(48, X_MODULES, Z_MODULES) };
const Y: Layout = {
  dialect: 'Y',
  headBytes: 27,
  maskBytes: 10,
  timeAt: 11,
  reasonsAt: 15,
  reasonBytes: 8,
  statusAt: 26,
  statusBytes: 4,
  counted: true,
  modules: tableOf(80, X_MODULES, Y_MODULES),
};
/** Protocol Y with a Z login: the modules are counted, so that those of the customer can be passed over. */
const YZ: Layout = { ...Y, modules: tableOf(80, X_MODULES, Y_MODULES, Z_MODULES) };

/**
 * The layouts a frame can have, likeliest first: by its letter, and by what the session knows. An X frame that 3.0 does not
 * fill exactly may be of 2.13, whose module 9 is another.
 */
export function layoutsOf(letter: string, dialect: string | null): readonly Layout[] {
  if (letter === 'Y') return dialect === 'Z' ? [YZ] : [Y];
  if (letter === 'Z' || dialect === 'Z') return [Z];
  return dialect === 'X2.13' ? [X213, X] : [X, X213];
}
