/** What a listener may say of its transport, besides TLS and MQTT. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { bytes, choice, text, withDefault } from './fields.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** The settings of a UDP port. */
export const udp = z
  .strictObject({
    receiveBufferBytes: withDefault(
      bytes(
        'Receive buffer asked of the kernel, where datagrams wait to be read; it grants `net.core.rmem_max` at most',
        4 * KIB,
        GIB,
      ),
      4 * MIB,
    ),
    waitingBytes: withDefault(
      bytes('Datagrams that may wait for the disk; those beyond are refused, and sent again by their devices', KIB, GIB),
      16 * MIB,
    ),
  })
  .meta({ description: 'The port, where the transport is `udp`' });

/** What a UDP port has that says nothing of it. */
export const UDP_DEFAULTS = udp.parse({});

export const ADDRESS_RANGE = 'an address, or a range such as 10.0.0.0/8';

/** Tells whether a text is one address or a range of them. */
export function isAddressRange(written: string): boolean {
  const [, address = '', bits = '0'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(written) ?? [];
  return isIP(address) !== 0 && Number(bits) <= (isIP(address) === 4 ? 32 : 128);
}

/** The load balancers before a TCP port. */
export const proxyProtocol = z
  .strictObject({
    from: z
      .array(text('Address of a load balancer', ADDRESS_RANGE).refine(isAddressRange, { error: ADDRESS_RANGE }), {
        error: 'a list of addresses',
      })
      .min(1, { error: 'a list of at least one address' })
      .meta({
        description: 'Addresses whose connections begin with a PROXY header. Those of others do not, and are taken as they are',
      }),
  })
  .meta({ description: 'Load balancers that say whose connection they pass on, by the PROXY protocol, version 1 or 2' });

const PREFIX = '1 to 64 of A-Z a-z 0-9 . _ : -';
const prefix = /^[A-Za-z0-9._:-]{1,64}$/;
const ranges = (describe: string, member: string) =>
  z
    .array(text(member, ADDRESS_RANGE).refine(isAddressRange, { error: ADDRESS_RANGE }), { error: 'a list of addresses' })
    .min(1, { error: 'a list of at least one address' })
    .meta({ description: describe });
const names = (describe: string, member: string) =>
  z
    .array(text(member, PREFIX, prefix), { error: 'a list of idents' })
    .min(1, { error: 'a list of at least one ident' })
    .meta({ description: describe });

/** Who may come in. */
export const allow = z
  .strictObject({
    idents: names('Devices, by their idents', 'Ident of a device').optional(),
    identPrefixes: names(
      'What the ident of a device may begin with instead, such as `35942`',
      'Beginning of an ident',
    ).optional(),
    addresses: ranges('Addresses that connections and datagrams may come from', 'Address').optional(),
  })
  .meta({
    description:
      'Who may come in, besides what `unregistered` says. Others are refused: `session_not_allowed` for a device, `listener_not_allowed` for an address',
  });

/** What becomes of a second connection. */
export const takeover = choice(
  'What happens when a device is connected already, on whichever listener: the `newest` connection takes the place of the others, which end once all they are owed has left; `refuse` keeps the first; `both` keeps all. If not given, `newest` where the transport proves who the device is (MQTT, `tls.identFromClientCert`) and `both` elsewhere, since anybody can claim an ident there',
  ['newest', 'refuse', 'both'],
);
