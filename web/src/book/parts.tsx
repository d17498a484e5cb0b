import { Check } from 'lucide-react';
import { useEffect, useRef, type AnchorHTMLAttributes, type ReactNode } from 'react';
import { cx } from '@/shared/ui/classes';
import { useReader } from './context';
import { isKept } from './token';

/** The one headline of a page; a change of page puts the focus here. */
export function Headline({ children }: { children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, []);
  return (
    <h1
      ref={heading}
      tabIndex={-1}
      className="m-0 text-[1.75rem] leading-9 font-semibold tracking-tight text-balance sm:text-headline"
    >
      {children}
    </h1>
  );
}

/** A sentence ends where another one, an amount or a figure begins. */
const FIRST = /^(.+?[.…]) (?=[\p{Lu}\p{Sc}\d¡¿⟦])(.+)$/u;

/** How a booking stands: the first sentence is the headline, what follows it is read below. */
export function Told({ text }: { text: string }) {
  const [, first = text, rest] = FIRST.exec(text) ?? [];
  return (
    <div aria-live="polite" data-told className="flex flex-col gap-2">
      <Headline>{first}</Headline> {rest && <p className="m-0 text-ink-2">{rest}</p>}
    </div>
  );
}

/** A link within the customers' page. */
export function Go({ href, children, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement>) {
  const { go } = useReader();
  return (
    <a
      href={href}
      {...rest}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        if (href) go(href);
      }}
    >
      {children}
    </a>
  );
}

/** Where the customer is on the way to a booked time. */
export function Steps({ at }: { at: 1 | 2 | 3 | 4 }) {
  const { words } = useReader();
  const names = [words.stepSession, words.stepTime, words.stepPayment, words.stepDone];
  return (
    <ol
      className="m-0 flex list-none flex-wrap items-center gap-2 p-0 text-table"
      aria-label={words.stepOf(at, 4)}
    >
      {names.map((name, index) => {
        const number = index + 1;
        const done = number < at || at === 4;
        const here = number === at;
        return (
          <li
            key={name}
            aria-current={here ? 'step' : undefined}
            className={cx(
              'flex items-center gap-2',
              here ? 'font-semibold text-ink' : 'text-ink-3',
            )}
          >
            <span
              className={cx(
                'inline-flex size-6 items-center justify-center rounded-full border text-meta',
                done
                  ? 'border-brand bg-brand text-on-brand'
                  : here
                    ? 'border-brand text-brand'
                    : 'border-border',
              )}
            >
              {done ? <Check size={14} aria-hidden /> : number}
            </span>
            <span className={here ? '' : 'max-sm:sr-only'}>{name}</span>
            {number < 4 && <span className="h-px w-4 bg-border sm:w-8" aria-hidden />}
          </li>
        );
      })}
    </ol>
  );
}

export function Sheet({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div className={cx('rounded-sheet border border-line bg-surface p-5 sm:p-7', className)}>
      {children}
    </div>
  );
}

/** A line that says how things stand. */
export function Note({
  tone = 'info',
  children,
}: {
  tone?: 'info' | 'bad' | 'ok' | 'warn';
  children: ReactNode;
}) {
  const tones = {
    info: 'bg-info-soft text-info',
    bad: 'bg-bad-soft text-bad',
    ok: 'bg-ok-soft text-ok',
    warn: 'bg-warn-soft text-warn',
  };
  return (
    <p
      role={tone === 'bad' ? 'alert' : 'status'}
      className={cx('m-0 rounded-card px-4 py-3', tones[tone])}
    >
      {children}
    </p>
  );
}

/** Where nothing is kept, the link with the key is all that the customer has. */
export function SaveLink({ id, token }: { id: string; token: string | null }) {
  const { words } = useReader();
  if (isKept(id)) return null;
  return (
    <Note tone="warn">
      {words.noStore}{' '}
      <a className="underline" href={`/bookings/${id}#token=${token ?? ''}`}>
        {words.title}
      </a>
    </Note>
  );
}
