import { LoaderCircle } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { buttonClass, cx, type Kind } from './classes';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: Kind;
  /** The action is on its way; the button waits for it. */
  busy?: boolean;
}

/** A verb and its object. */
export function Button({ kind = 'plain', busy = false, className, children, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || busy}
      aria-busy={busy || undefined}
      className={buttonClass(kind, className)}
    >
      {busy && <LoaderCircle size={16} aria-hidden className="animate-spin" />}
      {children}
    </button>
  );
}

interface IconProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string;
  hint?: string;
  children: ReactNode;
}

/** A button that shows an icon only; its label is read aloud and shown as a tip. */
export function IconButton({ label, hint, className, children, ...rest }: IconProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={hint ? `${label} (${hint})` : label}
      className={cx(
        'touch inline-flex size-8 items-center justify-center rounded-control text-ink-2 hover:bg-sunken hover:text-ink pointer-coarse:size-11',
        className,
      )}
    >
      {children}
    </button>
  );
}
