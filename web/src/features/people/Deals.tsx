import type { Deal, Step } from '@/shared/api/people';
import { money } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { day } from '@/shared/time';
import { Badge } from '@/shared/ui/Badge';
import { Card } from '@/shared/ui/Card';
import { Time } from '@/shared/ui/Time';
import { stepWord } from './kinds';

/** Money moved by a step. */
export const isMoved = (step: Step): boolean => step.kind === 'payment' || step.kind === 'refund';

/** What a person paid for bookings, and what went back. */
export function Payments({ steps }: { steps: Step[] }) {
  const { currency } = useFrame();
  const moved = steps.filter(isMoved);
  if (moved.length === 0) return null;
  return (
    <Card title={t('Payments')}>
      <ul className="m-0 flex list-none flex-col gap-2 p-0">
        {moved.map((step) => (
          <li key={`${step.at} ${step.row_id}`} className="flex justify-between gap-x-3">
            <span>
              {stepWord(step.kind)} {money(step.amount_minor, step.currency ?? currency)}
            </span>
            <span className="text-table text-ink-3">
              <Time at={step.at} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** The deals of a person, and those of others in which they had a part. */
export function Deals({ own, influenced }: { own: Deal[]; influenced: Deal[] }) {
  if (own.length + influenced.length === 0) return null;
  return (
    <Card title={t('Deals')}>
      <ul className="m-0 flex list-none flex-col gap-2 p-0">
        {own.map((deal) => (
          <Line key={deal.opportunity_id} deal={deal} />
        ))}
        {influenced.map((deal) => (
          <Line
            key={deal.opportunity_id}
            deal={deal}
            note={t('of somebody else, with a part in it')}
          />
        ))}
      </ul>
    </Card>
  );
}

function Line({ deal, note }: { deal: Deal; note?: string }) {
  const { currency } = useFrame();
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-3">
      <span className="flex flex-wrap items-center gap-2">
        {money(deal.value_minor, deal.currency ?? currency)}
        <Badge tone={deal.status === 'won' ? 'ok' : 'plain'}>{sentence(deal.status)}</Badge>
        {note && <span className="text-ink-3">{note}</span>}
      </span>
      {deal.date_won && <span className="text-table text-ink-3">{day(deal.date_won)}</span>}
    </li>
  );
}
