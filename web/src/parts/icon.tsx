/** Line drawings on a ground of 16 by 16, in the colour of the text. A page adds what it needs. */
const PATHS = {
  trackers: 'M8 14s4.5-4.2 4.5-7.5a4.5 4.5 0 1 0-9 0C3.5 9.8 8 14 8 14Zm0-6a1.6 1.6 0 1 0 0-3.2A1.6 1.6 0 0 0 8 8Z',
  plus: 'M8 3v10M3 8h10',
  upload: 'M8 11V3M4.5 6.5 8 3l3.5 3.5M3 13h10',
  download: 'M8 3v8M4.5 7.5 8 11l3.5-3.5M3 13h10',
  frames: 'M3 4.5h3M8 4.5h5M3 8h6M11 8h2M3 11.5h2M7 11.5h6',
  gateway: 'M2.5 3.5h11v4h-11zM2.5 8.5h11v4h-11zM5 5.5h.01M5 10.5h.01',
  quarantine: 'M8 2.5 14 13H2L8 2.5ZM8 6.5v3M8 11.3v.01',
  key: 'M10.5 8.5a3 3 0 1 0-2.8-2L3 11.2V13h2l.5-1.5H7l.5-1.5 1.7-1.7c.4.13.840.2 1.3.200ZM11 5.5h.01',
  webhooks:
    'M5.5 8.5 3.5 12M8 6 10 9.5M6.5 12h4M8 3.5a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2ZM4 10.5a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2ZM12 10.5a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2Z',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14',
  close: 'M4 4l8 8M12 4l-8 8',
  menu: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5Z',
  half: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 2v12M8 4.5l4 2M8 8h6M8 11.5l4-2',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.3 6.3a1.75 1.75 0 1 1 2.5 1.6c-.5.24-.8.6-.8 1.1v.3M8 11.3v.01',
  signOut: 'M6.5 13.5h-4v-11h4M10.5 11l3-3-3-3M13 8H6',
  back: 'M9.5 3.5 5 8l4.5 4.5',
  next: 'M6.5 3.5 11 8l-4.5 4.5',
  check: 'M3 8.5 6.5 12 13 4.5',
  wrong: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 5v3.5M8 11v.01',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  reload: 'M13 3v3.5H9.5M12.7 6.5A5 5 0 1 0 13 9',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
