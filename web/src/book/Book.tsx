import { money } from '@/shared/format/number';
import { useReader } from './context';
import { Go, Headline, Note, Sheet, Steps } from './parts';
import { refundWords, type SessionType } from './refund';
import { TimePage } from './TimePage';
import { trouble } from './trouble';

/** The sessions that can be booked, then the time of the chosen one. */
export function Book({ chosen }: { chosen: string | null }) {
  const { words, shop, problem } = useReader();
  const sessions = shop?.items ?? null;
  const only = sessions?.length === 1 ? sessions[0] : undefined;
  const session =
    sessions?.find((one) => one.id === chosen) ?? (chosen === null ? only : undefined);
  if (session) return <TimePage session={session} />;
  return (
    <div className="flex flex-col gap-6">
      <Steps at={1} />
      <Headline>{words.choose}</Headline>
      {problem !== null && <Note tone="bad">{trouble(problem, words)}</Note>}
      {sessions === null && problem === null && <div className="skeleton h-40" />}
      {sessions?.length === 0 && <Note tone="warn">{words.none}</Note>}
      <ul className="m-0 grid list-none gap-4 p-0">
        {sessions?.map((one) => (
          <li key={one.id}>
            <Choice session={one} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Choice({ session }: { session: SessionType }) {
  const { words, locale } = useReader();
  const price =
    session.price_minor === 0
      ? words.free
      : money(session.price_minor, session.currency, { short: true, locale });
  return (
    <Go
      href={`/book/${session.id}`}
      aria-label={words.bookThis(session.name)}
      className="group block text-ink no-underline"
    >
      <Sheet className="flex flex-col gap-2 transition-colors duration-[120ms] group-hover:border-brand">
        <span className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className="text-title font-semibold">{session.name}</span>
          <span className="text-title font-semibold">{price}</span>
        </span>
        <span className="text-ink-2">{words.minutes(session.duration_minutes)}</span>
        <span className="text-table text-ink-3">{refundWords(session, words)}</span>
      </Sheet>
    </Go>
  );
}
