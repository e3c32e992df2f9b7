import { GatewayError } from '#errors/gateway-error';
import { isActive, type Tracker } from '#model/tracker';
import type { Codec } from '#protocols/codec';
import type { CodecRegistry } from '#protocols/registry';
import type { Liveness } from '../../../lifecycle/liveness.ts';
import type { ProviderTable } from '../../../providers/table.ts';
import { heardOf } from '../../../store/explain.ts';
import type { TrackerRegistry } from '../../../store/tracker-store.ts';

/** The device a command is for. */
export interface Addressee {
  /** The ident it goes by on the wire. */
  ident: string;
  /** How it was heard last; `null` where it never was. */
  heard: Liveness | null;
  /** The codecs it may speak: the one it was heard in, or those of its provider. One at least. */
  codecs: readonly Codec[];
}

/**
 * Finds the device behind the name of a tracker or an ident that was heard. Fails with `tracker_unknown`, with
 * `tracker_invalid` where the name means several devices, and with `command_unsupported` where none of its protocols has commands.
 */
export async function addresseeCalled(
  registry: TrackerRegistry,
  codecs: CodecRegistry,
  providers: ProviderTable,
  name: string,
): Promise<Addressee> {
  const trackers = await registry.trackersCalled(name);
  const [tracker, ...others] = trackers.filter(isActive);
  if (others.length > 0) {
    const oids = [tracker, ...others].map((each) => each?.oid).join(', ');
    throw new GatewayError('tracker_invalid', `several trackers are called "${name}", say which by its oid: ${oids}`);
  }
  const heard = await (tracker === undefined ? registry.livenessOf(name) : lastHeard(registry, tracker));
  if (tracker === undefined && heard === null) {
    const detail =
      trackers.length > 0 ? `"${name}" is disconnected` : `no tracker is called "${name}", and nothing was heard of it`;
    throw new GatewayError('tracker_unknown', detail);
  }
  const protocols = heard === null ? protocolsOf(tracker, providers) : [heard.protocol];
  const able = protocols.flatMap((protocol) => codecs.get(protocol) ?? []).filter((codec) => codec.encodeCommand !== undefined);
  if (able.length === 0) {
    const spoken = protocols.length === 0 ? 'it has no protocol of its own' : `${protocols.join(', ')} has no commands here`;
    throw new GatewayError('command_unsupported', `"${name}" cannot be sent commands: ${spoken}`);
  }
  return { ident: heard?.ident ?? tracker?.foreignTrackerId ?? tracker?.trackerId ?? name, heard, codecs: able };
}

async function lastHeard(registry: TrackerRegistry, tracker: Tracker): Promise<Liveness | null> {
  const [last] = (await heardOf(registry, tracker)).toSorted((a, b) => b.lastFrameAt - a.lastFrameAt);
  return last ?? null;
}

function protocolsOf(tracker: Tracker | undefined, providers: ProviderTable): readonly string[] {
  return tracker === undefined ? [] : providers[tracker.provider].protocols;
}
