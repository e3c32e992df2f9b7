export const signIn = {
  title: 'Sign in',
  key: 'API key',
  keyHint: 'Begins with odo_. The first one stands in the file admin-key in the data folder of the gateway.',
  show: 'Show',
  hide: 'Hide',
  go: 'Sign in',
  going: 'Signing in…',
  kept: 'The key is not kept: a cookie that no script can read takes its place until you sign out.',
  or: 'or',
  at: (name: string) => `Sign in with ${name}`,
  notIn: {
    away: 'The identity provider does not answer. Try again, or sign in with a key.',
    refused: 'The identity provider did not let you in, or you broke it off.',
    stale: 'The sign-in took too long, or was begun in another browser. Sign in again.',
    unproven: 'What the identity provider says could not be proven. Whoever runs the gateway finds why in its log.',
    nobody: 'You are known to the identity provider, but nobody here: ask whoever runs the gateway for access.',
  },
  problems: {
    empty: 'Paste your API key.',
    form: 'This is no API key: one looks like odo_, 12 digits, _ and 43 more characters. Copy all of it.',
    refused: (why: string) => `The gateway does not accept this key: ${why}.`,
  },
} as const;
