/**
 * A module: the part of a modular report (X, Y, Z) that one bit of its mask announces. Modules stand in the order of their
 * bits. On X and Z they carry no length, so that a reader must know the size of each; on Y each begins with one.
 */
import type { Fault } from '#errors/fault';
import type { Trace } from '#protocols/explain/trace';
import type { Message } from '#model/message';
import { addFields, meaningfulSizeOf, sizeOf, type Field } from './fields.ts';

/** A report while its modules are read: what one of them says, and another one or the end of the report needs. */
export interface ReportState {
  readonly message: Message;
  /** Whether the report's status calls the fix valid. */
  readonly hasFix: boolean;
  readonly faults: Fault[];
  satellites: number | null;
  geofence: number | null;
  supplyV: number | null;
  readonly trace: Trace | null;
}

/** Adds what the module in `[from, end)` says. The range holds at least the module's `meaningful` bytes. */
export type ModuleDecoder = (report: ReportState, bytes: Uint8Array, from: number, end: number) => void;

/** Gives the size of a module that says it itself; -1 where it does not end by `end`. */
export type ModuleSizer = (bytes: Uint8Array, from: number, end: number) => number;

export interface Module {
  readonly bit: number;
  readonly name: string;
  readonly size: number | ModuleSizer;
  /** Fewest bytes that a decoder can work with. */
  readonly meaningful: number;
  /** Width of the count that the module begins with on Y; 0 where it says its size itself there too. */
  readonly countBytes: 0 | 1 | 2;
  readonly decode: ModuleDecoder;
}

/** A module of simple fields; its size is theirs. */
export function plain(bit: number, name: string, fields: readonly Field[]): Module {
  return {
    bit,
    name,
    size: sizeOf(fields),
    meaningful: meaningfulSizeOf(fields),
    countBytes: 1,
    decode: ({ message, trace }, bytes, from, end) => {
      const at = addFields(fields, message, bytes, from, end, trace);
      trace?.field('rest', at, end, { meaning: UNKNOWN_REST });
    },
  };
}

/** Of a module that says its size, and is longer than its fields are known. */
const UNKNOWN_REST = 'In no reader of this module';

/** A module of fixed size with a decoder of its own. */
export function fixed(bit: number, name: string, size: number, decode: ModuleDecoder): Module {
  return {
    ...whole(bit, name, size, decode),
    decode: (report, bytes, from, end) => {
      decode(report, bytes, from, end);
      report.trace?.field('rest', from + size, end, { meaning: UNKNOWN_REST });
    },
  };
}

/** A module whose decoder takes all of it, however long: at least `size` bytes. */
export function whole(bit: number, name: string, size: number, decode: ModuleDecoder): Module {
  return { bit, name, size, meaningful: size, countBytes: 1, decode };
}

/** A module that says its size itself. */
export function sized(bit: number, name: string, size: ModuleSizer, decode: ModuleDecoder): Module {
  return { bit, name, size, meaningful: 0, countBytes: 2, decode };
}
