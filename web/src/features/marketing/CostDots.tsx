import { scaleMoney } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { DotPlot, type Mark } from '@/shared/ui/DotPlot';
import { ends } from '@/shared/ui/scale';
import { partId, partName, type Part, type PeriodCost } from './period';

const marksOf = (row: PeriodCost): Mark[] => [
  ...(row.cost_per_booking_minor === null
    ? []
    : [
        {
          letter: 'B',
          name: t('Cost per booking'),
          value: row.cost_per_booking_minor,
          strong: true,
        },
      ]),
  ...(row.cost_per_attended_minor === null
    ? []
    : [{ letter: 'A', name: t('Cost per attended'), value: row.cost_per_attended_minor }]),
];

/** Which channel's bookings are dear: what a booking and what an attended call costs, on one scale. The table has the figures. */
export function CostDots({ rows, part, unit }: { rows: PeriodCost[]; part: Part; unit: string }) {
  const known = rows.filter((row) => row.spend_status !== 'missing' && marksOf(row).length > 0);
  if (known.length < 2) return null;
  const { min, max } = ends(known.flatMap((row) => marksOf(row).map((mark) => mark.value)));
  return (
    <section aria-label={t('Which bookings are expensive?')} className="mt-5">
      <h3 className="m-0 text-table font-medium">{t('Which bookings are expensive?')}</h3>
      <p className="m-0 mb-3 text-meta text-ink-3">
        {t('B is a booking, A an attended call; the dotted line is between them.')}
      </p>
      <DotPlot
        name={t('Cost by booking and by attended call')}
        min={min}
        max={max}
        tick={(value) => scaleMoney(value, unit)}
        rows={known.map((row) => ({
          key: partId(row, part),
          name: partName(row, part),
          marks: marksOf(row),
        }))}
      />
    </section>
  );
}
