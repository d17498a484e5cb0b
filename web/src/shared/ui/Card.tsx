import { createContext, useMemo, useState, type ReactNode } from 'react';
import { cx } from './classes';

/** The card around: a table inside reaches to its edges, and puts its own tools at the end of its head, if it has one. */
export const CardHead = createContext<{ end: HTMLElement | null } | null>(null);

/** A titled area; `actions` stand at the end of its head. */
export function Card({
  title,
  note,
  actions,
  children,
  className,
  level = 2,
}: {
  title?: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
  level?: 2 | 3;
}) {
  const Heading = level === 2 ? 'h2' : 'h3';
  const [end, setEnd] = useState<HTMLElement | null>(null);
  const head = useMemo(() => ({ end }), [end]);
  return (
    <section className={cx('min-w-0 rounded-card border border-line bg-surface', className)}>
      {(title ?? actions) && (
        <header
          className={cx(
            'flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 pt-2.5',
            !children && 'pb-2.5',
          )}
        >
          <div className="flex min-h-8 min-w-0 flex-1 basis-56 flex-col justify-center">
            {title && <Heading className="m-0 text-body font-semibold">{title}</Heading>}
            {note && <p className="m-0 text-meta text-ink-3">{note}</p>}
          </div>
          {/* Where nothing fills it, it takes no place. */}
          <div className="flex min-w-0 flex-wrap items-center gap-2 [&:not(:has(*:not(:empty)))]:hidden">
            {actions}
            {title && <div ref={setEnd} className="contents" />}
          </div>
        </header>
      )}
      {children && (
        <CardHead value={head}>
          <div className="p-4">{children}</div>
        </CardHead>
      )}
    </section>
  );
}

/** Nothing here, and what to do next. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-3 px-4 py-8 text-center text-ink-2">
      <p className="m-0 max-w-prose">{children}</p>
      {action}
    </div>
  );
}

/** Names and values, one pair a line. */
export function Facts({ items }: { items: [ReactNode, ReactNode][] }) {
  return (
    <dl className="m-0 grid grid-cols-[fit-content(45%)_minmax(0,1fr)] items-baseline gap-x-4 gap-y-1.5 text-table">
      {items.map(([name, value], at) => (
        <div key={at} className="contents">
          <dt className="text-ink-3">{name}</dt>
          <dd className="m-0 min-w-0 wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
