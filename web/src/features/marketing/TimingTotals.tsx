import { useQuery } from '@tanstack/react-query';
import { count, ratio } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Door } from '@/shared/numbers/Door';
import { NumberPanel } from '@/shared/numbers/NumberPanel';
import { Card, Empty } from '@/shared/ui/Card';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import {
  PART_WORDS,
  partFigure,
  partId,
  partName,
  partOpenings,
  period,
  type Part,
  type PeriodTiming,
} from './period';
import type { Range } from './rows';

type Row = PeriodTiming & { part: Part | 'total' };

const figure = (
  key: 'attended' | 'no_show' | 'canceled' | 'avg_lead_hours',
  head: string,
): Column<Row> => ({
  key,
  head,
  cell: (r) => (key === 'avg_lead_hours' ? ratio(r[key]) : count(r[key])),
  value: (r) => r[key],
  figure: true,
});

const COLUMNS: Column<Row>[] = [
  {
    key: 'part',
    head: PART_WORDS.channel,
    cell: (r) =>
      r.part === 'total' ? <strong>{partName(r, r.part)}</strong> : partName(r, r.part),
    value: (r) => partName(r, r.part),
  },
  {
    key: 'bookings',
    head: t('Bookings'),
    cell: (r) => (
      <Door
        id={partId(r, r.part)}
        figure={partFigure(r)}
        label={t`Bookings, ${partName(r, r.part)}`}
      />
    ),
    value: (r) => r.bookings,
    figure: true,
  },
  figure('attended', t('Attended')),
  figure('no_show', t('No-shows')),
  figure('canceled', t('Cancelled')),
  figure('avg_lead_hours', t('Lead time (hours)')),
];

/** What all hours come to, for everything and for each channel. */
export function TimingTotals({ range, scope }: { range: Range; scope: string }) {
  const parts = useQuery(period('booking_time_analysis', 'channel', range));
  const total = useQuery(period('booking_time_analysis', 'total', range));
  const all = total.data ?? [];
  return (
    <Card title={t('All hours together')} note={t('What became of the bookings, by channel.')}>
      <Tile
        query={{ ...parts, isPending: parts.isPending || total.isPending }}
        what={t('the totals')}
        height="h-90 max-sm:h-[72rem]"
      >
        {(rows) => (
          <>
            <Table
              name={t('bookings by channel')}
              columns={COLUMNS}
              rows={[
                ...(rows.length > 0 ? all.map((row): Row => ({ ...row, part: 'total' })) : []),
                ...rows.map((row): Row => ({ ...row, part: 'channel' })),
              ]}
              pinned={rows.length > 0 ? all.length : 0}
              rowKey={(r) => partId(r, r.part)}
              empty={
                <Empty>
                  {t('No bookings yet. They appear after the next run of the numbers.')}
                </Empty>
              }
            />
            <NumberPanel
              openings={[
                ...partOpenings(all, 'total', scope),
                ...partOpenings(rows, 'channel', scope),
              ]}
            />
          </>
        )}
      </Tile>
    </Card>
  );
}
