import clsx, { type ClassValue } from 'clsx';

/** Classes joined. */
export const cx = (...parts: ClassValue[]): string => clsx(parts);

const BASE =
  'touch inline-flex items-center justify-center gap-2 min-h-8 rounded-control px-3 text-body font-medium ' +
  'sm:whitespace-nowrap transition-colors duration-[120ms] disabled:opacity-55 no-underline';

const KINDS = {
  primary: 'bg-brand text-on-brand enabled:hover:opacity-90',
  plain: 'bg-surface text-ink border border-border enabled:hover:bg-sunken',
  quiet: 'bg-transparent text-ink-2 enabled:hover:bg-sunken enabled:hover:text-ink',
  danger: 'bg-surface text-bad border border-bad enabled:hover:bg-bad-soft',
} as const;

export type Kind = keyof typeof KINDS;

/** The look of a button, also for a link that looks like one. */
export const buttonClass = (kind: Kind = 'plain', more?: ClassValue): string =>
  cx(BASE, KINDS[kind], more);
