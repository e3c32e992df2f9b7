/** What the registry refuses, in words. */
import { GatewayError } from '#errors/gateway-error';
import type { Tracker } from '#model/tracker';

/** The refusal of an id that another active tracker of the provider has. */
export function trackerExists({ provider, trackerId, oid, status }: Tracker): GatewayError {
  return new GatewayError('tracker_exists', `${provider} has an active tracker "${trackerId}" already, ${oid}, ${status}`);
}

/** The answer to an oid nobody has, or had until it was deleted. */
export function trackerUnknown(oid: string): GatewayError {
  return new GatewayError('tracker_unknown', `no tracker has the oid "${oid}"`);
}

/** The refusal of a tracker that breaks rules: all of them, in words. */
export function trackerInvalid(problems: readonly string[]): GatewayError {
  return new GatewayError('tracker_invalid', problems.join('; '), { reasons: problems });
}
