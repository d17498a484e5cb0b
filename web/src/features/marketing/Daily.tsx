import { Search } from 'lucide-react';
import { parseAsString, useQueryStates } from 'nuqs';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { useList } from '@/shared/api/useList';
import { count, NONE } from '@/shared/format/number';
import { channelWord } from '@/shared/format/channel';
import { t } from '@/shared/i18n/t';
import { day } from '@/shared/time';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Filter } from '@/shared/ui/Fields';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { period } from './period';
import { csvOf, page, type DailyRow, type Range } from './rows';

/** The value in the address for rows without a source. */
const NO_SOURCE = 'none';

const sourceOf = (row: DailyRow): string => row.utm_source ?? NO_SOURCE;

/** The address of where a row of the daily table comes from. */
const origin = (row: DailyRow): string => {
  const pairs = [
    `booking_date=${row.booking_date}`,
    `utm_source=${row.utm_source ?? ''}`,
    `marketing_channel=${row.marketing_channel}`,
  ];
  return `/app/lineage/daily_bookings_by_source?${pairs.map((p) => `key=${encodeURIComponent(p)}`).join('&')}`;
};

/** A figure of a row, which leads to where the row comes from. */
function Origin({ row, value }: { row: DailyRow; value: number }) {
  return (
    <Link
      className="inline-flex min-h-6 min-w-6 items-center text-brand tabular-nums sm:justify-end"
      to={origin(row)}
      title={t('Where does this come from?')}
    >
      {count(value)}
    </Link>
  );
}

type Choose = (choice: { channel?: string | null; source?: string | null }) => void;

/** A value by which the table can be filtered. */
function Only({
  word,
  onChoose,
}: {
  word: string;
  /** Absent where the table is filtered by it already. */
  onChoose?: (() => void) | undefined;
}) {
  return (
    <span className="inline-flex items-center gap-1">
      {word}
      {onChoose && (
        <button
          type="button"
          aria-label={t`Only ${word}`}
          title={t`Only ${word}`}
          className="touch inline-flex size-6 items-center justify-center rounded-control text-ink-3 opacity-0 group-hover/row:opacity-100 hover:text-brand focus-visible:opacity-100 pointer-coarse:opacity-100"
          onClick={onChoose}
        >
          <Search size={12} aria-hidden />
        </button>
      )}
    </span>
  );
}

const columns = (filtered: Filters, choose: Choose): Column<DailyRow>[] => [
  { key: 'day', head: t('Day'), cell: (r) => day(r.booking_date), value: (r) => r.booking_date },
  {
    key: 'source',
    head: t('Source'),
    cell: (r) => (
      <Only
        word={r.utm_source ?? NONE}
        onChoose={
          filtered.source === null
            ? () => {
                choose({ source: sourceOf(r) });
              }
            : undefined
        }
      />
    ),
    value: (r) => r.utm_source,
  },
  {
    key: 'channel',
    head: t('Channel'),
    cell: (r) => (
      <Only
        word={channelWord(r.marketing_channel)}
        onChoose={
          filtered.channel === null
            ? () => {
                choose({ channel: r.marketing_channel });
              }
            : undefined
        }
      />
    ),
    value: (r) => r.marketing_channel,
  },
  {
    key: 'bookings',
    head: t('Bookings'),
    cell: (r) => <Origin row={r} value={r.bookings} />,
    value: (r) => r.bookings,
    figure: true,
  },
  {
    key: 'contacts',
    head: t('People'),
    cell: (r) => <Origin row={r} value={r.unique_contacts} />,
    value: (r) => r.unique_contacts,
    figure: true,
  },
  {
    key: 'first',
    head: t('First-time'),
    cell: (r) => <Origin row={r} value={r.first_time_contacts} />,
    value: (r) => r.first_time_contacts,
    figure: true,
  },
];

interface Filters {
  channel: string | null;
  source: string | null;
}

/** Channels or sources of a period, loaded when the filter opens. */
function useNames(by: 'channel' | 'source', range: Range, chosen: string | null) {
  const [looking, look] = useState(false);
  const query = useQuery({ ...period('daily_bookings_by_source', by, range), enabled: looking });
  const found = (query.data ?? []).map((row) => row[by] ?? NO_SOURCE);
  const names = chosen !== null && !found.includes(chosen) ? [chosen, ...found] : found;
  return {
    names,
    look: () => {
      look(true);
    },
  };
}

/** Bookings by day, source and channel. The API has no filter of them, so a filtered table has all rows first. */
export function Daily({ range, nothing }: { range: Range; nothing: ReactNode }) {
  const [filtered, set] = useQueryStates(
    { channel: parseAsString, source: parseAsString },
    { history: 'push' },
  );
  const { channel, source } = filtered;
  const isFiltered = channel !== null || source !== null;
  const list = useList(['daily', range], (cursor) =>
    page('daily_bookings_by_source', range, cursor, 200, '-booking_date'),
  );
  const everything = useQuery({
    queryKey: ['daily', 'all', range],
    queryFn: list.all,
    enabled: isFiltered,
  });
  const channels = useNames('channel', range, channel);
  const sources = useNames('source', range, source);
  const choose: Choose = (choice) => void set(choice);
  const fits = (row: DailyRow) =>
    (channel === null || row.marketing_channel === channel) &&
    (source === null || sourceOf(row) === source);
  const table = (rows: DailyRow[]) => (
    <Table
      name={t('daily bookings by source')}
      columns={columns(filtered, choose)}
      rows={rows}
      rowKey={(r) => `${r.booking_date} ${r.utm_source ?? ''} ${r.marketing_channel}`}
      {...(isFiltered
        ? {}
        : {
            more: list.more,
            total: list.total,
            csvHref: csvOf('daily_bookings_by_source', range),
          })}
      empty={
        isFiltered ? (
          <Empty
            action={
              <Button
                onClick={() => {
                  choose({ channel: null, source: null });
                }}
              >
                {t('Clear filters')}
              </Button>
            }
          >
            {t('No bookings of this channel and source in these days.')}
          </Empty>
        ) : (
          nothing
        )
      }
    />
  );
  return (
    <Card
      title={t('Day by day')}
      note={t(
        'One row a day, source and channel, the newest first. A number leads to the bookings behind it.',
      )}
      actions={
        <>
          <Filter
            label={t('Channel')}
            value={channel ?? ''}
            options={[
              ['', t('All')],
              ...channels.names.map((one): [string, string] => [one, channelWord(one)]),
            ]}
            onFocus={channels.look}
            onChange={(next) => {
              choose({ channel: next || null });
            }}
          />
          <Filter
            label={t('Source')}
            value={source ?? ''}
            options={[
              ['', t('All')],
              ...sources.names.map((one): [string, string] => [
                one,
                one === NO_SOURCE ? NONE : one,
              ]),
            ]}
            onFocus={sources.look}
            onChange={(next) => {
              choose({ source: next || null });
            }}
          />
        </>
      }
    >
      {isFiltered ? (
        <Tile query={everything} what={t('the daily bookings')}>
          {(rows) => table(rows.filter(fits))}
        </Tile>
      ) : (
        <Tile query={list.query} what={t('the daily bookings')}>
          {() => table(list.rows)}
        </Tile>
      )}
    </Card>
  );
}
