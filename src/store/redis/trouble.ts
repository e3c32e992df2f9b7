/** Why Redis cannot be reached, in words that say what to do where that is known. */

/** With which certificate the client comes, where it speaks TLS. */
type ShownCertificate = { cert: Uint8Array | null } | null;

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

/** Ends of a connection that say nothing of why: Redis hangs up on whom it cannot understand, or does not believe. */
const HUNG_UP = /ECONNRESET|EPIPE/;

/** Tells what an error of the client means. */
export function troubleOf(error: Error, tls: ShownCertificate): string {
  const { message } = error;
  if ('code' in error && UNSIGNED.has(String(error.code))) {
    return `its certificate is signed by no authority that store.caFile or the system names: ${message}`;
  }
  if (HUNG_UP.test(message) || message.includes('SSL alert')) return `it hangs up (${message.trim()}): ${whyHungUp(tls)}`;
  return UNCONNECTED.test(message) ? 'there is no connection' : message;
}

function whyHungUp(tls: ShownCertificate): string {
  if (tls === null) return 'does it speak TLS there, as rediss:// says?';
  const cert =
    tls.cert === null ? 'a client certificate, of store.certFile and store.keyFile' : 'another one than that of store.certFile';
  return `does it demand ${cert}?`;
}
