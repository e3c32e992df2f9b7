import type { FuzzInput, FuzzSeed } from '../../protocols/conformance/fuzz/input.ts';

/** Something that takes bytes from outside, and what must be true of it whatever they are. */
export interface FuzzTarget {
  /** How it is called on the command line, and the folder of its kept inputs. */
  name: string;
  /** Share of the frames of a run: what costs little takes many. */
  weight: number;
  /** Bytes that inputs are made of. */
  seeds: FuzzSeed[];
  /**
   * Throws where a rule is broken. Gives what came out as short texts without numbers: an input that brings a new one is a seed from
   * then on.
   */
  examine: (input: FuzzInput) => ReadonlySet<string> | Promise<ReadonlySet<string>>;
  /** The same with fewer comparisons, for most inputs; absent where `examine` is quick. */
  glance?: (input: FuzzInput) => void;
}
