import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Schema } from '@/shared/api/client';
import { ops, type Waiting } from '@/shared/api/ops';
import { alertWord } from '@/shared/format/alerts';
import { count } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { many, t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

/** Shown of a kind that may be long. */
const SHOWN = 3;

/** Alarms about bookings and deliveries that have their own lines. */
const TOLD_BELOW = ['booking_stuck', 'webhooks_failed'];

/** The booking that an alarm is about: of an effect it is `refund:<booking>`. */
const bookingOf = (subject: string): string => subject.split(':')[1] ?? subject;

/** Which vendor refused, as far as the line of an alarm says so: `after 1 try: Stripe answered 400: …`. */
const refuser = (detail: string): string | null =>
  /\b(Stripe|Calendly|Twilio|Close|Typeform) (?:answered|refused)/.exec(detail)?.[1] ?? null;

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
          const stuck = new Set(stuck_bookings.items.map((one) => one.booking_id));
          const others = alarms.filter(
            (alarm) => !TOLD_BELOW.includes(alarm.code) && !stuck.has(bookingOf(alarm.subject)),
          );
          return (
            <ul className="m-0 grid list-none gap-x-3 gap-y-1 p-0 sm:grid-cols-[max-content_minmax(0,1fr)_auto_auto]">
              {others.slice(0, SHOWN).map((alarm) => (
                <Need
                  key={`${alarm.code}${alarm.subject}`}
                  to="/app/ops"
                  tone="bad"
                  word={sentence(alarm.code)}
                  at={alarm.raised_at}
                >
                  {alarm.detail}
                </Need>
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
              <AtRisk customers={alerted_customers} />
            </ul>
          );
        }}
      </Tile>
    </Card>
  );
}

function Stuck({
  bookings: { count: all, items },
  alarms,
}: {
  bookings: Waiting['stuck_bookings'];
  alarms: Schema['Alarm'][];
}) {
  // The alarms of a booking are told with it: one fault, one line.
  const why = (id: string) => {
    const alarm = alarms.find((one) => one.subject !== id && bookingOf(one.subject) === id);
    const vendor = alarm && refuser(alarm.detail);
    return vendor ? t`${vendor} refused` : t('stuck');
  };
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
          {`${booking.name ?? t('A booking')} · ${why(booking.booking_id)}`}
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
          {`${sentence(item.vendor)} · ${item.kind ?? t('of an unknown kind')}`}
        </Need>
      ))}
      {all > SHOWN && (
        <More to="/app/inbox?status=failed">{t`All ${count(all)} failed deliveries`}</More>
      )}
    </>
  );
}

function AtRisk({ customers: { count: all, items } }: { customers: Waiting['alerted_customers'] }) {
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
        <More to="/app/customers?alert=any">{t`All ${count(all)} customers at risk`}</More>
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
    <li className="sm:col-span-full sm:grid sm:grid-cols-subgrid">
      <Link
        to={to}
        className="group -mx-2 grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 rounded-control px-2 py-1.5 text-ink no-underline hover:bg-sunken sm:col-span-full sm:grid-cols-subgrid"
      >
        <span className="flex">
          <Badge tone={tone}>{word}</Badge>
        </span>
        <span className="min-w-0 wrap-anywhere max-sm:order-last max-sm:col-span-2">
          {children}
        </span>
        <span className="text-table whitespace-nowrap text-ink-3 max-sm:hidden">
          {at && <Time at={at} />}
        </span>
        <span className="inline-flex items-center text-table text-brand group-hover:underline">
          {t('Open it')}
          <ChevronRight size={14} aria-hidden />
        </span>
      </Link>
    </li>
  );
}

function More({ to, children }: { to: string; children: ReactNode }) {
  return (
    <li className="sm:col-span-full">
      <Link to={to} className="inline-flex min-h-6 items-center text-table text-brand">
        {children}
      </Link>
    </li>
  );
}
