import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Link } from 'react-router';
import { count, NONE, percent, ratio } from '@/shared/format/number';
import { words } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Door, usePanel, type Opening } from '@/shared/numbers/Door';
import { NumberPanel } from '@/shared/numbers/NumberPanel';
import { day, zoneName } from '@/shared/time';
import { useList } from '@/shared/api/useList';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { RangePicker, scopeOf, useRange } from './RangePicker';
import { Sources } from './Sources';
import { bookingsOf, csvOf, dayId, page, table, TABS, type DailyRow, type TrendRow } from './rows';

const TrendChart = lazy(() => import('./TrendChart'));

const TREND: Column<TrendRow>[] = [
  { key: 'day', head: t('Day'), cell: (r) => day(r.booking_date), value: (r) => r.booking_date },
  {
    key: 'bookings',
    head: t('Bookings'),
    cell: (r) => <BookingsDoor row={r} />,
    value: (r) => r.bookings,
    figure: true,
  },
  {
    key: 'avg7',
    head: t('7-day average'),
    cell: (r) => ratio(r.bookings_7d_avg),
    value: (r) => r.bookings_7d_avg,
    figure: true,
  },
  {
    key: 'avg28',
    head: t('28-day average'),
    cell: (r) => ratio(r.bookings_28d_avg),
    value: (r) => r.bookings_28d_avg,
    figure: true,
  },
  {
    key: 'wow',
    head: t('Week on week'),
    cell: (r) => percent(r.wow_change_pct),
    value: (r) => r.wow_change_pct,
    figure: true,
  },
];

/** The bookings of a day: a door where their rows are known. */
function BookingsDoor({ row }: { row: TrendRow }) {
  const figure = bookingsOf(row);
  if (!figure) return <>{count(row.bookings)}</>;
  return <Door id={dayId(row)} figure={figure} label={t`Bookings, ${day(row.booking_date)}`} />;
}

/** The address of where a row of the daily table comes from. */
const origin = (row: DailyRow): string => {
  const pairs = [
    `booking_date=${row.booking_date}`,
    `utm_source=${row.utm_source ?? ''}`,
    `marketing_channel=${row.marketing_channel}`,
  ];
  return `/app/lineage/daily_bookings_by_source?${pairs.map((p) => `key=${encodeURIComponent(p)}`).join('&')}`;
};

const DAILY: Column<DailyRow>[] = [
  { key: 'day', head: t('Day'), cell: (r) => day(r.booking_date), value: (r) => r.booking_date },
  {
    key: 'source',
    head: t('Source'),
    cell: (r) => r.utm_source ?? NONE,
    value: (r) => r.utm_source,
  },
  {
    key: 'channel',
    head: t('Channel'),
    cell: (r) => words(r.marketing_channel),
    value: (r) => r.marketing_channel,
  },
  {
    key: 'bookings',
    head: t('Bookings'),
    cell: (r) => (
      <Link
        className="inline-flex min-h-6 min-w-6 items-center text-brand sm:justify-end"
        to={origin(r)}
        title={t('Where does this come from?')}
      >
        {count(r.bookings)}
      </Link>
    ),
    value: (r) => r.bookings,
    figure: true,
  },
  {
    key: 'contacts',
    head: t('People'),
    cell: (r) => count(r.unique_contacts),
    value: (r) => r.unique_contacts,
    figure: true,
  },
  {
    key: 'first',
    head: t('First-time'),
    cell: (r) => count(r.first_time_contacts),
    value: (r) => r.first_time_contacts,
    figure: true,
  },
];

const nothing = (
  <Empty
    action={
      <code className="rounded-control bg-sunken px-2 py-1 text-table wrap-anywhere">{`${location.origin}/api/webhooks/calendly`}</code>
    }
  >
    {t('No bookings in these days. Calendly’s webhook goes to this address:')}
  </Empty>
);

/** Are bookings growing, and from where? */
export default function TrendPage() {
  const state = useRange();
  const { zone } = useFrame();
  const trend = useQuery(table('bookings_trend', state.range));
  const daily = useList(['daily', state.range], (cursor) =>
    page('daily_bookings_by_source', state.range, cursor, 200, '-booking_date'),
  );
  const [asTable, setAsTable] = useState(false);
  const [, open] = usePanel();
  return (
    <Page title={t('Marketing')} tabs={TABS} tools={<RangePicker state={state} />}>
      <Card
        title={t('Are bookings growing?')}
        note={t`Bookings a day in ${zoneName(zone)} time`}
        actions={
          <Button
            kind="quiet"
            onClick={() => {
              setAsTable(!asTable);
            }}
          >
            {asTable ? t('Show as chart') : t('Show as table')}
          </Button>
        }
      >
        <Tile query={trend} what={t('the trend')} height="h-59 sm:h-79">
          {({ items }) =>
            items.length === 0 ? (
              nothing
            ) : asTable ? (
              <Table
                name={t('bookings trend')}
                sortName="sort-trend"
                columns={TREND}
                rows={items}
                rowKey={(r) => r.booking_date}
                csvHref={csvOf('bookings_trend', state.range)}
                empty={nothing}
              />
            ) : (
              <>
                <Legend />
                <Suspense fallback={<div className="skeleton h-72" />}>
                  <TrendChart
                    rows={items}
                    today={state.now}
                    onOpen={(row) => void open(dayId(row))}
                  />
                </Suspense>
              </>
            )
          }
        </Tile>
        <NumberPanel openings={openings(trend.data?.items ?? [], zone)} />
      </Card>
      <Sources range={state.range} scope={scopeOf(state, zone)} />
      <Card
        title={t('Day by day')}
        note={t(
          'One row a day, source and channel, the newest first. A number leads to the bookings behind it.',
        )}
      >
        <Tile query={daily.query} what={t('the daily bookings')}>
          {() => (
            <Table
              name={t('daily bookings by source')}
              columns={DAILY}
              rows={daily.rows}
              rowKey={(r) => `${r.booking_date} ${r.utm_source ?? ''} ${r.marketing_channel}`}
              more={daily.more}
              csvHref={csvOf('daily_bookings_by_source', state.range)}
              empty={nothing}
            />
          )}
        </Tile>
      </Card>
    </Page>
  );
}

/** The days that open, the newest first. */
const openings = (rows: TrendRow[], zone: string): Opening[] =>
  rows.toReversed().flatMap((row) => {
    const figure = bookingsOf(row);
    const when = t`${day(row.booking_date)}, ${zoneName(zone)} time`;
    return figure
      ? [
          {
            id: dayId(row),
            key: '',
            name: t`Bookings, ${day(row.booking_date)}`,
            figure,
            scope: when,
          },
        ]
      : [];
  });

function Legend() {
  return (
    <ul className="m-0 mb-2 flex list-none flex-wrap gap-x-5 gap-y-1 p-0 text-table text-ink-2">
      <li className="flex items-center gap-2">
        <svg width="12" height="12" aria-hidden>
          <rect width="12" height="12" rx="2" fill="var(--trend-bar)" />
        </svg>
        {t('Bookings a day')}
      </li>
      <li className="flex items-center gap-2">
        <svg width="20" height="4" aria-hidden>
          <path d="M0 2h20" stroke="var(--trend-week)" strokeWidth="2" />
        </svg>
        {t('7-day average')}
      </li>
      <li className="flex items-center gap-2">
        <svg width="20" height="4" aria-hidden>
          <path d="M0 2h20" stroke="var(--trend-month)" strokeWidth="2" strokeDasharray="5 3" />
        </svg>
        {t('28-day average')}
      </li>
    </ul>
  );
}
