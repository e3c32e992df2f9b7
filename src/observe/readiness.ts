/** One thing the gateway must have to be ready: `null` where it has it, otherwise why not. */
export interface ReadinessCheck {
  name: string;
  missing: () => string | null;
}

/** Why a gateway is not ready, in words; empty when it is. */
export function missingOf(checks: readonly ReadinessCheck[]): string[] {
  return reasonsAgainst(checks).map(({ reason }) => reason);
}

/** Why a gateway is not ready; empty when it is. */
export function reasonsAgainst(checks: readonly ReadinessCheck[]): { check: string; reason: string }[] {
  return checks.flatMap(({ name, missing }) => {
    const reason = missing();
    return reason === null ? [] : [{ check: name, reason }];
  });
}
