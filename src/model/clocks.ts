/**
 * The four clocks of the gateway, all epoch milliseconds UTC, never one called `time`:
 *
 * - `deviceTime`: when the device says it made the message;
 * - `fixTime`: when the GNSS receiver solved the fix;
 * - `receivedAt`: when the gateway had the whole frame;
 * - `storedAt`: when the row was encoded for the sink.
 *
 * `observedAt` is what the pipeline derives from them: `deviceTime` where it is sane, repaired where it is not.
 */
export type EpochMs = number;

/** Gives the current time. Nobody pure reads the machine's clock; whoever needs it is given one of these. */
export type Clock = () => EpochMs;
