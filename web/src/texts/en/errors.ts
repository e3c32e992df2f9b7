/** What went wrong between the console and the gateway, and what to do. */
export const errors = {
  away: 'The gateway does not answer. Check the network, or whether it is running; this is tried again.',
  busy: (seconds: number) => `Too many requests. Go on in ${seconds} s.`,
  refused: (status: number) => `The gateway answered ${status} without saying why.`,
  signedOut: 'Your key is not accepted any more. Sign in again.',
  again: 'Try again',
} as const;
