/** Does the system let the gateway have what it is configured to take? */
import { limitsOf, type Config } from '../../config/schema.ts';
import { UDP_DEFAULTS } from '../../config/transport-schema.ts';
import { findingsOf, sizeText, type Finding } from './finding.ts';
import { told } from './system.ts';

const { ok, warn, fail } = findingsOf('limits');

/** Files besides connections: segments, tables of the registry, sockets to ClickHouse. */
const OTHER_FILES = 256;
/** Fewer than these, and the gateway does not even start its parts. */
const FEWEST_FILES = 256;
/** What a listener asks the kernel to queue. */
const QUEUE = 4_096;

export function checkLimits(config: Config): Finding[] {
  return [checkFiles(config), checkQueue(config), ...checkReceiveBuffers(config)];
}

function checkFiles(config: Config): Finding {
  const text = told('/proc/self/limits');
  const [, soft = '', hard = ''] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text) ?? [];
  if (soft === '') return ok('open files', 'the limit cannot be read here');
  const most = soft === 'unlimited' ? Infinity : Number(soft);
  const wanted = config.listeners.reduce((sum, listener) => sum + limitsOf(config, listener).connections, 0);
  const need = wanted + config.admin.connections + OTHER_FILES;
  const saw = `${soft} may be open (at most ${hard}), the connections that are allowed need ${need}`;
  const change = `raise the limit to ${need} (LimitNOFILE= of systemd, --ulimit nofile= of Docker, ulimit -n)`;
  if (most < FEWEST_FILES) return fail('open files', saw, change);
  return most < need ? warn('open files', saw, `${change}, or lower limits.connections`) : ok('open files', saw);
}

function checkQueue({ listeners }: Config): Finding {
  const most = Number(told('/proc/sys/net/core/somaxconn'));
  const name = 'queue of new connections';
  if (!(most > 0) || listeners.every(({ transport }) => transport === 'udp')) return ok(name, 'nothing to look at');
  const saw = `the kernel queues ${most} of ${QUEUE} that are asked for`;
  return most < QUEUE ? warn(name, saw, `sysctl net.core.somaxconn=${QUEUE}`) : ok(name, saw);
}

function checkReceiveBuffers({ listeners }: Config): Finding[] {
  const most = Number(told('/proc/sys/net/core/rmem_max'));
  return listeners
    .filter(({ transport }) => transport === 'udp')
    .map(({ name, udp = UDP_DEFAULTS }) => {
      const wanted = udp.receiveBufferBytes;
      const saw = `listener ${name} asks for ${sizeText(wanted)}, the kernel gives ${most > 0 ? sizeText(most) : 'nobody knows what'}`;
      if (!(most > 0) || most >= wanted) return ok('receive buffer', saw);
      return warn('receive buffer', `${saw}: datagrams are lost earlier`, `sysctl net.core.rmem_max=${wanted}`);
    });
}
