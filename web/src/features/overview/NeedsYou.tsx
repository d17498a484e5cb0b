import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Schema } from '@/shared/api/client';
import { ops, type Waiting } from '@/shared/api/ops';
import { alertWord } from '@/shared/format/alerts';
import { count } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { many, t } from '@/shared/i18n/t';
import { bookingIn, grouped, said } from '@/shared/texts/alarms';
import { Badge } from '@/shared/ui/Badge';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

type Alarm = Schema['Alarm'];

/** Shown of a kind that may be long. */
const SHOWN = 3;

/** Alarms about deliveries have their own lines. */
const TOLD_BELOW = 'webhooks_failed';

/** What waits for an admin, the worst first; each line leads to its place. */
export function NeedsYou() {
  const query = useQuery(ops);
  return (
    <Card title={t('Needs you')}>
      <Tile query={query} what={t('the alarms')} height="h-64">
        {({ alarms, waiting }) => {
          const { stuck_bookings, failed_deliveries, review_pairs, alerted_customers } = waiting;
          const kinds = [alarms.length, stuck_bookings.count, failed_deliveries.count];
          if ([...kinds, review_pairs, alerted_customers.count].every((n) => n === 0))
            return <Empty>{t('Nothing waits for you ✓')}</Empty>;
          const listed = new Set(stuck_bookings.items.map((one) => one.booking_id));
          const told = grouped(alarms.filter((alarm) => alarm.code !== TOLD_BELOW));
          // A booking that is stuck has one line, with the alarms about it.
          const others = told.filter(
            ([alarm]) => !listed.has(bookingIn(alarm?.subject ?? '') ?? ''),
          );
          return (
            <ul className="m-0 flex list-none flex-col gap-1 p-0">
              {others.slice(0, SHOWN).map((about) => (
                <Raised key={`${about[0]?.code ?? ''}${about[0]?.subject ?? ''}`} about={about} />
              ))}
              {others.length > SHOWN && (
                <More to="/app/ops">{t`All ${count(alarms.length)} alarms`}</More>
              )}
              <Stuck bookings={stuck_bookings} alarms={alarms} />
              <Failed deliveries={failed_deliveries} />
              {review_pairs > 0 && (
                <Need to="/app/contacts/review" tone="warn" word={t('Review')}>
                  {many(
                    review_pairs,
                    t('Two contacts that may be one person'),
                    t`${count(review_pairs)} pairs of contacts that may be one person`,
                  )}
                </Need>
              )}
              <Alerted customers={alerted_customers} />
            </ul>
          );
        }}
      </Tile>
    </Card>
  );
}

/** Alarms about one thing that has no line of its own. */
function Raised({ about }: { about: Alarm[] }) {
  const [first] = about;
  if (!first) return null;
  const { word, booking, person } = said(first);
  const place = booking && `/app/bookings/${booking}`;
  return (
    <Need
      to={place ?? (person ? `/app/contacts/${person}` : '/app/ops')}
      tone="bad"
      word={word}
      at={first.raised_at}
    >
      {about.flatMap((alarm) => said(alarm).text ?? []).join(' · ')}
    </Need>
  );
}

function Stuck({
  bookings: { count: all, items },
  alarms,
}: {
  bookings: Waiting['stuck_bookings'];
  alarms: Alarm[];
}) {
  const why = (id: string) =>
    alarms
      .filter((alarm) => bookingIn(alarm.subject) === id)
      .flatMap((one) => said(one).text ?? []);
  return (
    <>
      {items.slice(0, SHOWN).map((booking) => (
        <Need
          key={booking.booking_id}
          to={`/app/bookings/${booking.booking_id}`}
          tone={booking.state === 'REFUND_FAILED' ? 'bad' : 'warn'}
          word={sentence(booking.state)}
          at={booking.state_since}
        >
          {[booking.name ?? t('A booking'), ...why(booking.booking_id)].join(' · ')}
        </Need>
      ))}
      {all > SHOWN && (
        <More to="/app/bookings?view=stuck">{t`All ${count(all)} stuck bookings`}</More>
      )}
    </>
  );
}

function Failed({
  deliveries: { count: all, items },
}: {
  deliveries: Waiting['failed_deliveries'];
}) {
  return (
    <>
      {items.slice(0, SHOWN).map((item) => (
        <Need
          key={item.delivery_id}
          to={`/app/inbox?status=failed&open=${item.delivery_id}`}
          tone="bad"
          word={t('Failed delivery')}
          at={item.received_at}
        >
          {sentence(item.vendor)} <span className="font-mono text-meta">{item.kind ?? ''}</span>
        </Need>
      ))}
      {all > SHOWN && (
        <More to="/app/inbox?status=failed">{t`All ${count(all)} failed deliveries`}</More>
      )}
    </>
  );
}

function Alerted({
  customers: { count: all, items },
}: {
  customers: Waiting['alerted_customers'];
}) {
  return (
    <>
      {items.slice(0, SHOWN).map((one) => (
        <Need
          key={one.contact_id}
          to={`/app/contacts/${one.contact_id}`}
          tone="warn"
          word={alertWord(one.alerts[0] ?? '')}
        >
          {one.name ?? t('A customer')}
        </Need>
      ))}
      {all > SHOWN && (
        <More to="/app/customers?alert=any">{t`All ${count(all)} customers with an alert`}</More>
      )}
    </>
  );
}

function Need({
  to,
  tone,
  word,
  at,
  children,
}: {
  to: string;
  tone: 'bad' | 'warn';
  word: string;
  at?: string;
  children: ReactNode;
}) {
  return (
    // By the room that there is for the reader's text, not by the window.
    <li className="@container">
      <Link
        to={to}
        className="group -mx-2 grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-3 gap-y-1 rounded-control px-2 py-1.5 text-ink no-underline hover:bg-sunken @md:grid-cols-[10rem_minmax(0,1fr)_auto]"
      >
        <span className="min-w-0 justify-self-start @2xs:whitespace-nowrap">
          <Badge tone={tone}>{word}</Badge>
        </span>
        <span className="min-w-0 wrap-anywhere @max-md:order-last @max-md:col-span-2">
          {children}
          {at && (
            <span className="block text-meta text-ink-3">
              <Time at={at} />
            </span>
          )}
        </span>
        <span aria-hidden className="text-table whitespace-nowrap text-brand group-hover:underline">
          {t('Open ›')}
        </span>
      </Link>
    </li>
  );
}

function More({ to, children }: { to: string; children: ReactNode }) {
  return (
    <li>
      <Link to={to} className="inline-flex min-h-6 items-center text-table text-brand">
        {children}
      </Link>
    </li>
  );
}
