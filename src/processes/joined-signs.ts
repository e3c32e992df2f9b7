import type { Contact } from '../lifecycle/contacts.ts';
import type { GatewaySigns } from '../lifecycle/diagnosis.ts';

/** Joins what several processes saw of the same questions; `null` where none answered. */
export function joinedSigns(told: readonly (readonly GatewaySigns[])[]): readonly GatewaySigns[] | null {
  const [first, ...others] = told;
  if (first === undefined || others.length === 0) return first ?? null;
  return first.map((signs, at) => others.reduce((joined, other) => joinTwo(joined, other[at]), signs));
}

function joinTwo(one: GatewaySigns, other: GatewaySigns | undefined): GatewaySigns {
  if (other === undefined) return one;
  const oldest = [one, other].flatMap(({ health }) => health.oldestReceivedAt ?? []);
  return {
    health: {
      sinkUp: one.health.sinkUp && other.health.sinkUp,
      accepting: one.health.accepting && other.health.accepting,
      waitingFrames: one.health.waitingFrames + other.health.waitingFrames,
      oldestReceivedAt: oldest.length === 0 ? null : Math.min(...oldest),
    },
    contacts: [...one.contacts, ...other.contacts].sort(lastingFirst),
    strangers: [...one.strangers, ...other.strangers].sort((a, b) => b.openedAt - a.openedAt),
  };
}

/** Those that last come first, then the newest. */
function lastingFirst(a: Contact, b: Contact): number {
  const lasts = Number(b.closedAt === null) - Number(a.closedAt === null);
  return lasts === 0 ? b.openedAt - a.openedAt : lasts;
}
