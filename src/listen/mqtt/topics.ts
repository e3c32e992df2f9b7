/**
 * The topics of the gateway's own broker (docs/mqtt.md).
 *
 *     odograph/v1/<ident>/<protocol>          a device publishes whole frames of the protocol, byte for byte
 *     odograph/v1/<ident>/<protocol>/reply    the gateway publishes the protocol's reply to them, where it has one
 */

const ROOT = 'odograph/v1';
const TOPIC = /^odograph\/v1\/([^/+#]{1,64})\/([a-z][a-z0-9-]{0,31})$/;

/** What may stand in a topic as the identity of a device. */
export const TOPIC_IDENT = /^[A-Za-z0-9._:-]{1,64}$/;

/** Whose frames a topic is for, and of which protocol; `null` where it is none for frames. */
export function parseTopic(topic: string): { ident: string; protocol: string } | null {
  const [, ident, protocol] = TOPIC.exec(topic) ?? [];
  return ident === undefined || protocol === undefined ? null : { ident, protocol };
}

/** Where the replies to a device's frames are published. */
export function replyTopic(ident: string, protocol: string): string {
  return `${ROOT}/${ident}/${protocol}/reply`;
}

/** Tells whether a subscription reaches nothing but the device's own replies. */
export function isOwnFilter(filter: string, ident: string, protocols: readonly string[]): boolean {
  const own = `${ROOT}/${ident}/`;
  if (!filter.startsWith(own)) return false;
  const rest = filter.slice(own.length);
  return rest === '#' || rest === '+/reply' || protocols.some((protocol) => rest === `${protocol}/reply`);
}

/** Tells whether a client that has subscribed to filters of its own hears the replies to a protocol's frames. */
export function hearsReplies(filters: ReadonlySet<string>, ident: string, protocol: string): boolean {
  const own = `${ROOT}/${ident}/`;
  return filters.has(`${own}${protocol}/reply`) || filters.has(`${own}#`) || filters.has(`${own}+/reply`);
}
