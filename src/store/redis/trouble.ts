/** Why Redis cannot be reached, in words that say what to do where that is known. */

/** What OpenSSL and Node call a certificate that none of the authorities known has signed. */
const UNSIGNED: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** What ioredis says where it has no connection, for a reason that it has told before. */
const UNCONNECTED = /enableOfflineQueue options is false$/;

/** Ends of a connection that say nothing of why. */
const SILENT = /ECONNRESET|EPIPE|Connection is closed/;

/** Tells which of two is the better reason: one end of a connection may hide what the other has said of it. */
export function betterTrouble(before: string | null, error: Error): string {
  const trouble = troubleOf(error);
  return before !== null && SILENT.test(trouble) ? before : trouble;
}

/** Tells what an error of the client means. */
export function troubleOf(error: Error): string {
  const cause = lastOf(error);
  const { message } = cause;
  const code = 'code' in cause ? String(cause.code) : '';
  if (UNSIGNED.has(code)) return `its certificate is signed by no authority that store.caFile or the system names: ${message}`;
  if (message.includes('alert certificate required'))
    return 'it demands a client certificate: store.certFile and store.keyFile';
  if (message.includes('alert unknown ca'))
    return 'it knows no authority that has signed the client certificate of store.certFile';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || message.includes('wrong version number')) return 'it does not speak TLS there';
  if (UNCONNECTED.test(message)) return 'there is no connection';
  return message;
}

/** A cluster tells of its nodes by the last one that was tried. */
function lastOf(error: Error): Error {
  return 'lastNodeError' in error && error.lastNodeError instanceof Error ? error.lastNodeError : error;
}
