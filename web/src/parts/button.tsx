import type { ComponentChildren, JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';

interface ButtonProps extends Omit<JSX.IntrinsicElements['button'], 'icon' | 'label'> {
  /** `primary` once a page, `danger` for what cannot be undone, `plain` without a frame. */
  kind?: 'primary' | 'danger' | 'plain' | undefined;
  icon?: IconName;
  /** For a button that shows nothing but its icon. */
  label?: string;
  /** While it works it takes no presses; it stays focused. */
  busy?: boolean;
  children?: ComponentChildren;
}

/** A button: words, an icon, or both. */
export function Button({
  kind,
  icon,
  label,
  busy = false,
  children,
  class: _class,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  const classes = ['button', kind === undefined ? '' : `is-${kind}`, children === undefined ? 'is-icon' : ''].join(' ');
  return (
    <button
      type={type}
      class={classes}
      aria-label={label}
      title={label}
      aria-busy={busy}
      aria-disabled={busy ? 'true' : undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A link that looks like a button: it goes somewhere, and can be opened in another tab. */
export function ButtonLink({
  href,
  kind,
  icon,
  children,
}: { href: string; children: ComponentChildren } & Pick<ButtonProps, 'kind' | 'icon'>) {
  return (
    <a class={`button ${kind === undefined ? '' : `is-${kind}`}`} href={href}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </a>
  );
}
