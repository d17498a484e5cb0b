import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { NONE } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Door } from '@/shared/numbers/Door';
import { NumberPanel } from '@/shared/numbers/NumberPanel';
import { Card, Empty } from '@/shared/ui/Card';
import { Filter } from '@/shared/ui/Fields';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import {
  costFigure,
  costId,
  costOpenings,
  PART_WORDS,
  PARTS,
  partFigure,
  partId,
  partName,
  period,
  type CostFigure,
  type Part,
  type PeriodCost,
} from './period';
import { CostDots } from './CostDots';
import type { Range } from './rows';

type Row = PeriodCost & { part: Part | 'total' };

const columns = (part: Part, unit: string): Column<Row>[] => {
  const door = (row: Row, figure: CostFigure, name: string) => (
    <Door
      id={costId(row, row.part, figure)}
      figure={costFigure(row, figure, unit)}
      label={`${name}, ${partName(row, row.part)}`}
    />
  );
  const cost = (row: Row, figure: CostFigure, name: string) =>
    row.spend_status === 'missing' ? (
      <span className="text-ink-3" title={t('No spend recorded')}>
        {NONE}
      </span>
    ) : (
      door(row, figure, name)
    );
  return [
    {
      key: 'part',
      head: PART_WORDS[part],
      cell: (r) =>
        r.part === 'total' ? <strong>{partName(r, r.part)}</strong> : partName(r, r.part),
      value: (r) => partName(r, r.part),
    },
    {
      key: 'spend',
      head: t('Spend'),
      cell: (r) =>
        r.spend_status === 'missing' ? (
          <span className="text-ink-3">{t('No spend recorded')}</span>
        ) : (
          door(r, 'spend_minor', t('Spend'))
        ),
      value: (r) => r.spend_minor,
      currency: (r) => r.currency ?? unit,
      figure: true,
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
    {
      key: 'attended',
      head: t('Attended'),
      cell: (r) => door(r, 'attended', t('Attended')),
      value: (r) => r.attended,
      figure: true,
    },
    {
      key: 'cpb',
      head: t('Cost per booking'),
      cell: (r) => cost(r, 'cost_per_booking_minor', t('Cost per booking')),
      value: (r) => r.cost_per_booking_minor,
      currency: (r) => r.currency ?? unit,
      figure: true,
    },
    {
      key: 'cpa',
      head: t('Cost per attended'),
      cell: (r) => cost(r, 'cost_per_attended_minor', t('Cost per attended')),
      value: (r) => r.cost_per_attended_minor,
      currency: (r) => r.currency ?? unit,
      figure: true,
    },
  ];
};

/** What a booking of each channel or campaign cost over the whole period, everything first. */
export function CostSummary({ range, scope, unit }: { range: Range; scope: string; unit: string }) {
  const [part, choose] = useQueryState(
    'by',
    parseAsStringLiteral(PARTS).withDefault('channel').withOptions({ history: 'push' }),
  );
  const parts = useQuery(period('cost_per_booking', part, range));
  const total = useQuery(period('cost_per_booking', 'total', range));
  const all = total.data ?? [];
  return (
    <Card
      title={t('What does a booking cost?')}
      note={t('Of the whole period: its spend over its bookings. 0 is a spend of nothing.')}
      actions={
        <Filter
          label={t('By')}
          value={part}
          options={PARTS.map((one) => [one, PART_WORDS[one]])}
          onChange={(one) => void choose(one as Part)}
        />
      }
    >
      <Tile
        query={{ ...parts, isPending: parts.isPending || total.isPending }}
        what={t('the costs')}
        height="h-[32rem] max-sm:h-[72rem]"
      >
        {(rows) => (
          <>
            <Table
              name={t('cost of the period')}
              sortName="sort-period"
              columns={columns(part, unit)}
              rows={[
                ...(rows.length > 0 ? all.map((row): Row => ({ ...row, part: 'total' })) : []),
                ...rows.map((row): Row => ({ ...row, part })),
              ]}
              pinned={rows.length > 0 ? all.length : 0}
              rowKey={(r) => partId(r, r.part)}
              empty={<Empty>{t('No spend and no bookings in these days.')}</Empty>}
            />
            <CostDots rows={rows} part={part} unit={unit} />
            <NumberPanel
              openings={[
                ...costOpenings(all, 'total', scope, unit),
                ...costOpenings(rows, part, scope, unit),
              ]}
            />
          </>
        )}
      </Tile>
    </Card>
  );
}
