/**
 * Rows as ClickHouse's RowBinary has them, row by row, from a block of the columns that the sink writes. ClickHouse alone is measured with
 * rows of this format, as the comparison was agreed upon; they are made before any clock runs, so that plain code does.
 */
import { readBlock, type RowValue } from '../../src/sink/clickhouse/native/read-block.ts';
import { putBlob, putCount, TEXT_HEAD_BYTES } from '../../src/sink/clickhouse/native/put.ts';

export interface RowBinaryRows {
  bytes: Uint8Array;
  /** Where each row begins. */
  starts: readonly number[];
}

/** Gives the rows of a block. Throws a `TypeError` for a type that the sink writes none of. */
export function rowBinaryOf(block: Uint8Array): RowBinaryRows {
  const columns = readBlock(block);
  const starts: number[] = [];
  const values: Uint8Array[] = [];
  let at = 0;
  for (let row = 0; row < (columns[0]?.values.length ?? 0); row++) {
    starts.push(at);
    for (const column of columns) {
      for (const bytes of bytesOf(column.type, column.values[row] as RowValue)) {
        values.push(bytes);
        at += bytes.length;
      }
    }
  }
  return { bytes: Uint8Array.from(Buffer.concat(values)), starts };
}

function bytesOf(type: string, value: RowValue): Uint8Array[] {
  const [, outer = type, inner = ''] = /^(\w+)\((.*)\)$/s.exec(type) ?? [];
  switch (outer) {
    case 'LowCardinality':
      return bytesOf(inner, value);
    case 'Nullable':
      return value === null ? [Uint8Array.of(1)] : [Uint8Array.of(0), ...bytesOf(inner, value)];
    case 'Array': {
      const items = value as readonly RowValue[];
      return [countOf(items.length), ...items.flatMap((item) => bytesOf(inner, item))];
    }
    case 'Map': {
      const [key = '', of = ''] = /^(.*\)|\w+), (.*)$/s.exec(inner)?.slice(1) ?? [];
      const pairs = value as readonly (readonly RowValue[])[];
      const inBytes = pairs.flatMap(([name = null, item = null]) => [...bytesOf(key, name), ...bytesOf(of, item)]);
      return [countOf(pairs.length), ...inBytes];
    }
    default:
      return [plain(outer, value)];
  }
}

function plain(type: string, value: RowValue): Uint8Array {
  switch (type) {
    case 'String': {
      const text = value as Uint8Array;
      const bytes = new Uint8Array(TEXT_HEAD_BYTES + text.length);
      return bytes.subarray(0, putBlob(bytes, 0, text));
    }
    case 'Bool':
    case 'UInt8':
      return number(1, (view) => view.setUint8(0, Number(value)));
    case 'UInt16':
      return number(2, (view) => view.setUint16(0, Number(value), true));
    case 'UInt32':
      return number(4, (view) => view.setUint32(0, Number(value), true));
    case 'UInt64':
    case 'DateTime64':
      return number(8, (view) => view.setBigInt64(0, BigInt(value as number | bigint), true));
    case 'Float32':
      return number(4, (view) => view.setFloat32(0, Number(value), true));
    case 'Float64':
      return number(8, (view) => view.setFloat64(0, Number(value), true));
    default:
      throw new TypeError(`no column has the type ${type}`);
  }
}

function countOf(count: number): Uint8Array {
  const bytes = new Uint8Array(TEXT_HEAD_BYTES);
  return bytes.subarray(0, putCount(bytes, 0, count));
}

function number(size: number, set: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  set(view);
  return new Uint8Array(view.buffer);
}
