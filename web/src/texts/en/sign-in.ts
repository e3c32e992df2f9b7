export const signIn = {
  title: 'Sign in',
  key: 'API key',
  keyHint: 'Begins with odo_. The first one stands in the file admin-key in the data folder of the gateway.',
  show: 'Show',
  hide: 'Hide',
  go: 'Sign in',
  going: 'Signing in…',
  kept: 'The key stays in this tab and is forgotten when it is closed.',
  problems: {
    empty: 'Paste your API key.',
    form: 'This is no API key: one looks like odo_, 12 digits, _ and 43 more characters. Copy all of it.',
    refused: (why: string) => `The gateway does not accept this key: ${why}.`,
  },
} as const;
