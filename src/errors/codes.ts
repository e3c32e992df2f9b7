/**
 * Every error the gateway can name. Code, recovery and explanation are written once, here: the types, the metric labels,
 * the quarantine reasons and `docs/ERRORS.md` all come from this table.
 */

/** Where an error belongs to, what it spoils, and what is done. */
export interface ErrorFacts {
  scope: 'frame' | 'message' | 'session' | 'listener' | 'sink' | 'tracker' | 'company' | 'webhook' | 'process';
  /** What the gateway does by itself. */
  recovery: 'resync' | 'quarantine' | 'close' | 'stop-reading' | 'retry' | 'split' | 'refuse' | 'exit';
  /** Whether the device is told "received". */
  ack: 'ack' | 'withhold' | 'none';
  retryable: boolean;
  /** Who can mend it. */
  acts: 'device' | 'operator' | 'caller' | 'us';
  means: string;
}

const facts = (
  scope: ErrorFacts['scope'],
  recovery: ErrorFacts['recovery'],
  ack: ErrorFacts['ack'],
  retryable: boolean,
  acts: ErrorFacts['acts'],
  means: string,
): ErrorFacts => ({ scope, recovery, ack, retryable, acts, means });

export const ERROR_CODES = {
  wire_crc: facts('frame', 'resync', 'withhold', true, 'device', 'The checksum of the frame does not match its bytes.'),
  wire_length: facts('frame', 'resync', 'withhold', true, 'device', 'A length field is impossible or above the limit.'),
  wire_resync: facts('frame', 'resync', 'none', true, 'device', 'Bytes between frames that start no frame were skipped.'),
  // Of the wire by its name, but found in a frame whose checksum holds: it would be no better when sent again.
  wire_trailing: facts('frame', 'quarantine', 'ack', false, 'us', 'Bytes remain in a checked frame after its last record.'),
  wire_unknown: facts('session', 'close', 'none', false, 'operator', 'No codec of this port recognises the first bytes.'),

  decode_range: facts('message', 'quarantine', 'ack', false, 'us', 'A field has a value its specification rules out.'),
  decode_truncated: facts('frame', 'quarantine', 'ack', false, 'us', 'The frame is checked and whole, but ends inside a field.'),
  decode_malformed: facts('frame', 'quarantine', 'ack', false, 'caller', 'A pushed body, or a part of it, is no JSON or has another shape than its protocol.'),
  decode_unsupported: facts('frame', 'quarantine', 'ack', false, 'us', 'The frame is checked and whole, but holds a part this codec cannot size.'),

  session_login_required: facts('session', 'close', 'none', false, 'device', 'Data came before the login that names the device.'),
  session_login_invalid: facts('session', 'close', 'none', false, 'device', 'The login is whole but names no possible device.'),
  session_login_timeout: facts('session', 'close', 'none', true, 'device', 'No device was named within the login deadline.'),
  session_unknown_ident: facts('session', 'close', 'none', true, 'operator', 'The device is not registered and the listener refuses unregistered ones.'),
  session_idle: facts('session', 'close', 'none', true, 'device', 'Nothing was heard for the idle timeout.'),
  session_slow_frame: facts('session', 'close', 'none', true, 'device', 'A frame was begun and not finished within the frame deadline.'),
  session_faults: facts('session', 'close', 'none', true, 'device', 'Too many wire faults came one after another.'),
  session_reset: facts('session', 'close', 'none', true, 'device', 'The peer broke the connection off.'),
  session_unfinished: facts('frame', 'close', 'withhold', true, 'device', 'The connection ended inside a frame.'),

  session_credentials: facts('session', 'close', 'none', false, 'operator', 'The user name and password, or the certificate, prove no device.'),
  session_foreign_topic: facts('session', 'close', 'withhold', false, 'device', 'An MQTT client used a topic that is not its own, or that carries no protocol of the listener.'),
  session_malformed: facts('session', 'close', 'none', false, 'device', 'An MQTT packet breaks the protocol, is of a version not spoken here, or is larger than allowed.'),
  session_rate: facts('frame', 'refuse', 'withhold', true, 'device', 'More comes from one sender than may: the datagram is passed over, the request answered 429, and both are sent again. Connections are slowed instead.'),
  session_subscriptions: facts('session', 'refuse', 'none', false, 'device', 'An MQTT client asks for more subscriptions than it may have.'),
  session_not_allowed: facts('session', 'close', 'none', false, 'operator', 'The device is not on the list of those that the listener lets in.'),
  session_taken: facts('session', 'close', 'none', true, 'device', 'Another connection of the same device is there, and the listener refuses a second one.'),
  session_replaced: facts('session', 'close', 'none', false, 'device', 'A newer connection of the same device took the place of this one.'),
  session_foreign_ident: facts('session', 'close', 'withhold', false, 'device', 'A frame names another device than the one its sender is known to be.'),

  session_repeat: facts('frame', 'refuse', 'withhold', true, 'device', 'A datagram repeats one that is still on its way to the disk: one reply serves both.'),

  listener_bind: facts('listener', 'exit', 'none', true, 'operator', 'The address or port cannot be bound.'),
  listener_tls: facts('listener', 'close', 'none', true, 'operator', 'A TLS handshake failed.'),
  listener_handshake_timeout: facts('listener', 'close', 'none', true, 'device', 'The PROXY header or the TLS handshake was not complete in time.'),
  listener_proxy_header: facts('listener', 'close', 'none', true, 'operator', 'A connection of a declared load balancer does not begin with a PROXY header.'),
  listener_busy: facts('frame', 'refuse', 'withhold', true, 'operator', 'More datagrams wait for the disk than may: this one is passed over, and its device sends it again.'),
  listener_limit: facts('listener', 'refuse', 'none', true, 'operator', 'The connection limit of the port is reached.'),
  listener_address_limit: facts('listener', 'refuse', 'none', true, 'operator', 'The connection limit of the remote address is reached.'),
  listener_not_allowed: facts('listener', 'refuse', 'none', false, 'operator', 'The remote address is not among those that the listener lets in.'),
  listener_unreachable: facts('listener', 'retry', 'none', true, 'operator', 'The MQTT broker of a subscription does not answer, or refuses the gateway.'),

  spool_full: facts('process', 'stop-reading', 'withhold', true, 'operator', 'The spool has reached its byte budget: sockets are not read until there is room.'),
  spool_io: facts('process', 'stop-reading', 'withhold', false, 'operator', 'The disk refused a write or a sync: nothing more is acknowledged.'),
  spool_corrupt: facts('frame', 'quarantine', 'none', false, 'operator', 'A record of the spool does not match its checksum.'),
  spool_version: facts('process', 'exit', 'none', false, 'operator', 'A later version of the gateway wrote this spool: run that one, or a later one still.'),
  spool_locked: facts('process', 'exit', 'none', true, 'operator', 'Another process holds this spool.'),

  sink_unreachable: facts('sink', 'retry', 'none', true, 'operator', 'ClickHouse does not answer.'),
  sink_unknown_outcome: facts('sink', 'retry', 'none', true, 'operator', 'An insert ended without an answer: what landed is counted before anything is sent again.'),
  sink_rejected_row: facts('sink', 'split', 'none', false, 'us', 'ClickHouse refuses a row.'),
  sink_schema: facts('sink', 'retry', 'none', true, 'operator', 'The tables in ClickHouse are not those this version needs.'),
  sink_engine: facts('sink', 'retry', 'none', true, 'operator', 'The embedded engine stopped or cannot start.'),

  store_io: facts('process', 'retry', 'none', true, 'operator', 'The registry cannot be read or written: the disk, its rights, or another process that holds it too long.'),
  store_unreachable: facts('process', 'retry', 'none', true, 'operator', 'The Redis that holds the registry does not answer: frames are taken in and wait, the registry cannot be changed.'),
  store_lost: facts('process', 'retry', 'none', true, 'operator', 'The registry has less than it had: frames are applied again from the spool as far as it keeps them, registrations that are gone are to be made again.'),
  store_schema: facts('process', 'exit', 'none', false, 'operator', 'The registry was written by a newer version.'),

  secrets_key: facts('process', 'exit', 'none', false, 'operator', 'The file with the keys that stored secrets are sealed under cannot be read, or holds no key.'),
  secrets_unreadable: facts('process', 'refuse', 'none', false, 'operator', 'A stored secret cannot be opened: its key is not in the key file, or it was changed.'),

  lifecycle_illegal_transition: facts('tracker', 'refuse', 'none', false, 'caller', 'The tracker cannot move from its state to the one asked for.'),
  tracker_invalid: facts('tracker', 'refuse', 'none', false, 'caller', 'The tracker as described breaks a rule of its provider.'),
  tracker_exists: facts('tracker', 'refuse', 'none', false, 'caller', 'An active tracker of this provider has this tracker id.'),
  tracker_limit: facts('tracker', 'refuse', 'none', false, 'caller', 'The company has as many active trackers as it may.'),
  tracker_unknown: facts('tracker', 'refuse', 'none', false, 'caller', 'No tracker has this id.'),

  tracker_provider: facts('tracker', 'refuse', 'none', false, 'caller', 'No provider has this name.'),
  paper_unknown: facts('tracker', 'refuse', 'none', false, 'caller', 'The tracker has no registration document.'),
  paper_invalid: facts('tracker', 'refuse', 'none', false, 'caller', 'The registration document is no picture or PDF, or another one than it was said to be.'),

  company_unknown: facts('company', 'refuse', 'none', false, 'caller', 'No company has this id.'),
  company_exists: facts('company', 'refuse', 'none', false, 'caller', 'Another company has this id.'),
  company_invalid: facts('company', 'refuse', 'none', false, 'caller', 'The company as described breaks a rule.'),
  group_unknown: facts('company', 'refuse', 'none', false, 'caller', 'The company has no group with this id.'),
  group_exists: facts('company', 'refuse', 'none', false, 'caller', 'Another group of the company has this slug.'),
  group_limit: facts('company', 'refuse', 'none', false, 'caller', 'The company has as many groups as it may.'),
  credential_unknown: facts('company', 'refuse', 'none', false, 'caller', 'The company has no credentials with this id.'),
  credential_incomplete: facts('company', 'refuse', 'none', false, 'caller', 'Credentials lack values that their provider needs.'),
  credential_invalid: facts('company', 'refuse', 'none', false, 'caller', 'Credentials have values that their provider does not know, or are too long.'),
  credential_refused: facts('company', 'refuse', 'none', false, 'caller', 'The provider does not accept the credentials.'),
  credential_limit: facts('company', 'refuse', 'none', false, 'caller', 'The company has as many credentials as it may.'),
  repeat_other: facts('company', 'refuse', 'none', false, 'caller', 'An idempotency key came with another request before.'),
  repeat_busy: facts('company', 'refuse', 'none', true, 'caller', 'A request with the same idempotency key is under way.'),
  key_unknown: facts('company', 'refuse', 'none', false, 'caller', 'The company has no API key with this id, or it is good no more.'),

  stream_limit: facts('company', 'refuse', 'none', true, 'caller', 'As many streams are open as may be, of the company or of all.'),
  push_unknown: facts('session', 'refuse', 'none', false, 'caller', 'No push endpoint has this address or id, or its time is over.'),
  push_proof: facts('session', 'refuse', 'none', false, 'caller', 'A pushed request does not prove what its endpoint asks for: a header, a signature or a certificate is missing, wrong or too old.'),
  link_unknown: facts('tracker', 'refuse', 'none', false, 'caller', 'No link of the tracker page has this token or id, or it was ended.'),
  link_used: facts('tracker', 'refuse', 'none', false, 'caller', 'The link of the tracker page was opened before: each is opened once.'),
  link_expired: facts('tracker', 'refuse', 'none', false, 'caller', 'Nobody has opened the link of the tracker page within its time.'),
  page_ended: facts('tracker', 'refuse', 'none', false, 'caller', 'A tracker page asks how its tracker stands, and its link or its tracker was ended.'),
  provider_unreachable: facts('company', 'refuse', 'none', true, 'caller', 'The cloud of a provider could not be asked just now.'),

  consent_withdrawn: facts('frame', 'refuse', 'ack', false, 'operator', 'The right to the data of the vehicle has ended: the frame is acknowledged, so that it is not sent again, and nothing of it is kept.'),
  consent_unknown: facts('company', 'refuse', 'none', false, 'caller', 'The company has no withdrawal of a consent with this id.'),
  consent_invalid: facts('company', 'refuse', 'none', false, 'caller', 'What a withdrawal is said to be about names no vehicle, or one that is not of the company.'),
  consent_overdue: facts('company', 'retry', 'none', true, 'operator', 'What a withdrawn consent obliges to delete is not deleted in its time.'),

  quarantine_unknown: facts('frame', 'refuse', 'none', false, 'caller', 'No frame in quarantine that the caller may see has this id.'),

  command_unknown: facts('tracker', 'refuse', 'none', false, 'caller', 'No command has this number.'),
  command_unsupported: facts('tracker', 'refuse', 'none', false, 'caller', 'The protocol of the tracker has no commands, or none of this text.'),

  capture_invalid: facts('process', 'refuse', 'none', false, 'caller', 'The file is no capture, was written by a later version, or cannot be read or written.'),
  webhook_invalid: facts('webhook', 'refuse', 'none', false, 'caller', 'The webhook as described breaks a rule.'),
  webhook_unknown: facts('webhook', 'refuse', 'none', false, 'caller', 'The company has no webhook, or no delivery, of this id.'),
  webhook_limit: facts('webhook', 'refuse', 'none', false, 'caller', 'The company has as many webhooks as it may.'),
  webhook_disabled: facts('webhook', 'refuse', 'none', false, 'caller', 'The webhook is disabled: nothing is sent until it is enabled.'),
  webhook_address: facts('webhook', 'retry', 'none', true, 'caller', 'The host of the webhook has no address that may be sent to: it leads into a network that is not public.'),
  webhook_unreachable: facts('webhook', 'retry', 'none', true, 'caller', 'The receiver cannot be connected to, or breaks the connection off: its name, port, certificate, or the network.'),
  webhook_timeout: facts('webhook', 'retry', 'none', true, 'caller', 'The receiver took longer to answer than it may.'),
  webhook_answer: facts('webhook', 'retry', 'none', true, 'caller', 'The receiver answered with something other than 2xx.'),
  webhook_gone: facts('webhook', 'refuse', 'none', false, 'caller', 'The receiver answered 410: nothing is to be sent there again, and the webhook is disabled.'),

  import_format: facts('process', 'refuse', 'none', false, 'caller', 'A file to be imported is of no format that is known, or not of the one it was said to be.'),
  import_io: facts('process', 'refuse', 'none', true, 'caller', 'A file to be imported cannot be read: it is not there, or not for this user.'),

  config_invalid: facts('process', 'exit', 'none', false, 'operator', 'The configuration breaks its schema.'),
  config_conflict: facts('process', 'exit', 'none', false, 'operator', 'Two settings exclude each other.'),

  bug_invariant: facts('session', 'close', 'withhold', false, 'us', 'Something that cannot happen did: please report it with the hex.'),
} as const satisfies Record<string, ErrorFacts>;

/** The closed set of codes. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Tells whether the text is one of the codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}
