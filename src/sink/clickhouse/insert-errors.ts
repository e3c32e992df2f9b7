import { ClickHouseError } from '@clickhouse/client';
import type { ErrorCode } from '#errors/codes';
import { findGatewayError } from '#errors/gateway-error';

/** What a failed request means for what is done next. */
export interface InsertFailure {
  code: ErrorCode;
  /** `row`: some row is at fault, divide and send again; `retry`: wait, look what landed, send the rest. */
  kind: 'row' | 'retry';
  detail: string;
}

/**
 * Codes by which ClickHouse refuses the content of a row (src/Common/ErrorCodes.cpp). Only these ever put a row in quarantine:
 * anything else may pass with time, and quarantining it would throw good data away.
 */
const ROW_CODES: ReadonlySet<string> = new Set([
  '6', // CANNOT_PARSE_TEXT
  '27', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  '32', // ATTEMPT_TO_READ_AFTER_EOF
  '33', // CANNOT_READ_ALL_DATA
  '38', // CANNOT_PARSE_DATE
  '41', // CANNOT_PARSE_DATETIME
  '69', // ARGUMENT_OUT_OF_BOUND
  '72', // CANNOT_PARSE_NUMBER
  '117', // INCORRECT_DATA
  '128', // TOO_LARGE_ARRAY_SIZE
  '131', // TOO_LARGE_STRING_SIZE
  '321', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  '349', // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  '407', // DECIMAL_OVERFLOW
  '469', // VIOLATED_CONSTRAINT
]);

const SCHEMA_CODES: ReadonlySet<string> = new Set([
  '10', // NOT_FOUND_COLUMN_IN_BLOCK
  '16', // NO_SUCH_COLUMN_IN_TABLE
  '53', // TYPE_MISMATCH
  '60', // UNKNOWN_TABLE
  '81', // UNKNOWN_DATABASE
]);

/** Judges why an insert failed. */
export function judgeFailure(error: unknown): InsertFailure {
  const detail = error instanceof Error ? error.message : String(error);
  const named = findGatewayError(error);
  if (named !== undefined) return { code: named.code, kind: 'retry', detail };
  if (!(error instanceof ClickHouseError)) return { code: 'sink_unreachable', kind: 'retry', detail };
  if (ROW_CODES.has(error.code)) return { code: 'sink_rejected_row', kind: 'row', detail };
  if (SCHEMA_CODES.has(error.code)) return { code: 'sink_schema', kind: 'retry', detail };
  return { code: 'sink_unknown_outcome', kind: 'retry', detail };
}
