/** The mark of Odograph: a dial. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#0b5d6e" />
      <path
        d="M7 21a9 9 0 1 1 18 0"
        fill="none"
        stroke="#8fd9e6"
        stroke-width="2.6"
        stroke-linecap="round"
        stroke-dasharray="1.2 3.5"
      />
      <path d="M16 21l5-7" stroke="#fff" stroke-width="2.6" stroke-linecap="round" />
      <circle cx="16" cy="21" r="2.4" fill="#fff" />
    </svg>
  );
}
