/** How far something is, between nothing and all of it. */
export function Bar({ value, most, label }: { value: number; most: number; label: string }) {
  const part = most <= 0 ? 0 : Math.max(0, Math.min(1, value / most));
  return (
    <span
      class={`bar ${part >= 1 ? 'is-full' : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={most}
      aria-valuenow={Math.min(value, most)}
    >
      <span style={{ width: `${part * 100}%` }} />
    </span>
  );
}
