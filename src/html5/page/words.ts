/** All that the page says, in English. Nothing else of it holds text. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What stands at the top of the page, with what is to be done, by state. */
export const HEADLINES = {
  loading: ['Opening…', ''],
  'no-link': [
    'A link is needed',
    'This page reports the position of this phone for a fleet. Ask your fleet for a link or QR code and open it here. A page that was added to the home screen of an iPhone needs a link of its own: paste it below.',
  ],
  ready: [
    'Ready to start',
    'This phone will report where it is to the fleet that gave you the link, until you stop it or the fleet ends it. Nothing is reported before you press Start.',
  ],
  opening: ['Opening the link…', 'This takes a moment.'],
  'link-away': ['The gateway cannot be reached', 'The link was not used up. Check your connection, then press Start again.'],
  'link-unknown': ['This link is not known', 'It was ended, or it was not copied as a whole. Ask your fleet for a new link.'],
  'link-used': [
    'This link was used before',
    'Each link works once, for one phone. If it was you, open the page where you started it. Otherwise ask your fleet for a new link.',
  ],
  'link-expired': ['This link is too old', 'Nobody opened it in time. Ask your fleet for a new link.'],
  'storage-refused': [
    'This browser keeps nothing',
    'The page must keep positions on the phone while there is no network, and this browser does not let it: private windows often do not. Open the link in an ordinary window. Nothing was started.',
  ],
  insecure: [
    'This address is not secure',
    'Phones give their position only to pages whose address begins with https. Ask your fleet for a link that does.',
  ],
  unsupported: [
    'This browser is too old',
    'It cannot tell its position, or cannot keep two tabs apart. Open the link in another browser.',
  ],
  'other-tab': [
    'Another tab is tracking',
    'This page is open in another tab or window, which takes the positions. Two would take each of them twice. This one goes on by itself when the other is closed.',
  ],
  stopped: ['Stopped', 'No positions are taken. What was taken before is still being sent.'],
  asking: [
    'May this page know where you are?',
    'Your browser is asking. Press “Allow”, best “while using the app” and with precise location.',
  ],
  denied: [
    'The position is blocked',
    'Nothing can be reported. Allow it: press the sign beside the address of this page, then Permissions, then Location, then Allow. On an iPhone also Settings, Privacy, Location Services, your browser, While Using. Then press Try again.',
  ],
  waiting: ['Looking for your position…', 'This can take a minute. It goes faster outdoors, with a free view of the sky.'],
  unavailable: [
    'The phone has no position',
    'Location may be switched off in the settings of the phone, or there is no reception here. The page keeps trying.',
  ],
  tracking: ['Tracking', 'Leave this page open and on the screen: phones give no positions to pages that are not.'],
  offline: ['Tracking, without network', 'Positions are kept on the phone and sent when the network is back.'],
  connected: [
    'Connected',
    'The way driven is enough: the tracker is connected. Positions go on being reported until you press Stop.',
  ],
  ended: [
    'Tracking has ended',
    'The fleet has ended this link or its tracker: nothing more is taken for it. Ask your fleet for a new link if this is a mistake.',
  ],
} as const satisfies Record<string, readonly [heading: string, text: string]>;

/** Which headline is shown. */
export type Headline = keyof typeof HEADLINES;

export const LABELS = {
  appName: 'Odograph tracker',
  accuracy: 'Accuracy',
  position: 'Last position',
  taken: 'Positions taken',
  waiting: 'Waiting to be sent',
  sent: 'Last sent',
  start: 'Start',
  stop: 'Stop',
  again: 'Try again',
  here: 'Track in this tab',
  paste: 'Link',
  open: 'Open link',
  dismiss: 'I have read this',
  progress: 'Way driven so far',
} as const;

export const NOTICES = {
  screenHeld: 'The screen stays on while this page is in front.',
  screenMayLock:
    'This browser lets the screen lock: then positions stop. Set the screen of the phone to stay on, or touch it now and then.',
  notPersistent: 'This browser may delete what waits when the phone is short of space: keep the page open until all is sent.',
  storageFull: 'The phone has no space left: new positions cannot be kept. Free some space.',
  badPaste: 'This is no link of a tracker page.',
  notValidated: 'Your fleet has not validated this tracker yet: positions are stored, but do not count.',
  busy: 'The gateway takes nothing at the moment. Positions are kept and sent later.',
  unsent: (count: number) => `${counted(count, 'position')} taken before could not be handed over. They stay on this phone.`,
} as const;

/** Says that the page was not in front, for how long, and what that meant. */
export function awayNotice(why: 'hidden' | 'closed', ms: number, taken: number): string {
  const what =
    why === 'hidden'
      ? `The screen was locked or another app was in front for ${duration(ms)}.`
      : `This page was closed or stood still for ${duration(ms)}.`;
  return taken === 0
    ? `${what} No positions were taken in that time.`
    : `${what} ${counted(taken, 'position')} ${taken === 1 ? 'was' : 'were'} taken in that time; there may be gaps.`;
}

/** How far it is to being connected. */
export function progressText(metres: number, neededM: number): string {
  const left = Math.max(0, neededM - metres);
  return left === 0 ? `${metres} m driven` : `${metres} m driven, ${left} m to go`;
}

/** How long ago something was. */
export function ago(ms: number): string {
  return ms < 2 * SECOND_MS ? 'just now' : `${duration(ms)} ago`;
}

export function metresText(metres: number): string {
  return `± ${Math.max(1, Math.round(metres))} m`;
}

export function forTracker(name: string): string {
  return `Tracker: ${name}`;
}

/** A length of time in the two largest units it has. */
export function duration(ms: number): string {
  const [hours, minutes, seconds] = [
    Math.floor(ms / HOUR_MS),
    Math.floor((ms % HOUR_MS) / MINUTE_MS),
    Math.floor((ms % MINUTE_MS) / SECOND_MS),
  ];
  if (hours > 0) return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  if (minutes > 0) return seconds === 0 ? `${minutes} min` : `${minutes} min ${seconds} s`;
  return `${seconds} s`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
