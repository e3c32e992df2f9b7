import { expect, test } from 'vitest';
import { webhooks } from './webhooks-schema.ts';

const accepts = (settings: object): boolean => webhooks.safeParse(settings).success;

test.each(['10.0.0.53', '10.0.0.53:5353', '2001:db8::53', '[2001:db8::53]', '[2001:db8::53]:5353'])(
  '%s is a name server',
  (server) => {
    expect(accepts({ dnsServers: [server] })).toBe(true);
  },
);

test.each(['', 'dns.example', '999.1.1.1', '10.0.0.53:0', '10.0.0.53:70000', '10.0.0.53:', '[10.0.0.53]:53', '2001:db8::zz'])(
  '"%s" is none',
  (server) => {
    expect(accepts({ dnsServers: [server] })).toBe(false);
  },
);

test.each([
  ['127.0.0.1', true],
  ['10.0.0.0/8', true],
  ['fd00::/8', true],
  ['10.0.0.0/33', false],
  ['localhost', false],
])('%s may be allowed: %s', (range, may) => {
  expect(accepts({ allowPrivateAddresses: [range] })).toBe(may);
});
