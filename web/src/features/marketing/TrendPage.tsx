import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { count, percent, ratio } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Door, usePanel, type Opening } from '@/shared/numbers/Door';
import { NumberPanel } from '@/shared/numbers/NumberPanel';
import { day, zoneName } from '@/shared/time';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { CsvLink } from '@/shared/ui/CsvLink';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Daily } from './Daily';
import { RangePicker, scopeOf, useRange } from './RangePicker';
import { Sources } from './Sources';
import { bookingsOf, csvOf, dayId, table, TABS, type TrendRow } from './rows';

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

/** The bookings of a day; a link where their rows are known. */
function BookingsDoor({ row }: { row: TrendRow }) {
  const figure = bookingsOf(row);
  if (!figure) return <>{count(row.bookings)}</>;
  return <Door id={dayId(row)} figure={figure} label={t`Bookings, ${day(row.booking_date)}`} />;
}

const nothing = (
  <Empty
    action={
      <code className="rounded-control bg-sunken px-2 py-1 text-table wrap-anywhere">{`${location.origin}/api/webhooks/calendly`}</code>
    }
  >
    {t('No bookings in these days. Calendly’s webhook goes to this address:')}
  </Empty>
);

/** Bookings by day and channel, with their trend. */
export default function TrendPage() {
  const state = useRange();
  const { zone } = useFrame();
  const trend = useQuery(table('bookings_trend', state.range));
  const [asTable, setAsTable] = useState(false);
  const [, open] = usePanel();
  const items = trend.data?.items ?? [];
  return (
    <Page title={t('Marketing')} tabs={TABS} tools={<RangePicker state={state} />}>
      <Card
        title={t('Are bookings growing?')}
        note={t`Bookings a day in ${zoneName(zone)} time`}
        actions={
          <>
            <Button
              kind="quiet"
              onClick={() => {
                setAsTable(!asTable);
              }}
            >
              {asTable ? t('Show as chart') : t('Show as table')}
            </Button>
            {!asTable && items.length > 0 && (
              <CsvLink href={csvOf('bookings_trend', state.range)} />
            )}
          </>
        }
      >
        <Tile query={trend} what={t('the trend')} height="h-65 sm:h-79">
          {() =>
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
                <Legend today={items.some((row) => row.booking_date === state.now)} />
                <Suspense fallback={<div className="skeleton h-52 sm:h-72" />}>
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
        <NumberPanel openings={openings(items, zone)} />
      </Card>
      <Sources range={state.range} scope={scopeOf(state, zone)} />
      <Daily range={state.range} nothing={nothing} />
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

function Legend({ today }: { today: boolean }) {
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
      {today && (
        <li className="flex items-center gap-2">
          <svg width="12" height="12" aria-hidden>
            <rect x="1" y="1" width="10" height="10" fill="none" stroke="var(--trend-bar)" />
            <path d="M1 11 11 1M1 6 6 1M6 11l5-5" stroke="var(--trend-bar)" />
          </svg>
          {t('Today, not over')}
        </li>
      )}
    </ul>
  );
}
