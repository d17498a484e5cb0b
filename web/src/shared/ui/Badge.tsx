import { Check, CircleAlert, Clock, Info, Minus, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './classes';

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'plain';

const TONES: Record<Tone, string> = {
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  info: 'bg-info-soft text-info',
  plain: 'bg-sunken text-ink-2',
};

const ICONS = { ok: Check, warn: TriangleAlert, bad: CircleAlert, info: Info, plain: Minus };

/** A status: icon, word and colour. */
export function Badge({
  tone = 'plain',
  waits = false,
  children,
}: {
  tone?: Tone;
  waits?: boolean;
  children: ReactNode;
}) {
  const Icon = waits ? Clock : ICONS[tone];
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1 rounded-2xl align-middle px-2 py-0.5 text-meta font-medium',
        TONES[tone],
      )}
    >
      <Icon size={12} aria-hidden className="shrink-0" />
      {children}
    </span>
  );
}
