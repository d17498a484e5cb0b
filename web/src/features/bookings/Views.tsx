import { useQuery } from '@tanstack/react-query';
import { ops } from '@/shared/api/ops';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { cx } from '@/shared/ui/classes';
import { useChosenInSight } from '@/shared/ui/useChosenInSight';
import { STATES, stateWord } from './states';

/** What the list shows: everything, what is stuck, everything about refunds, or one state. */
export const VIEWS = ['all', 'stuck', 'refunds', ...Object.keys(STATES)] as const;

const REFUNDS = 'REFUND_PENDING,REFUND_FAILED,REFUNDED';

/** The view as the API takes it. */
export const filterOf = (view: string) => {
  if (view === 'all') return {};
  if (view === 'stuck') return { stuck: true };
  return { state: view === 'refunds' ? REFUNDS : view };
};

/** The views that are asked for often. */
const OFTEN: [view: string, word: string][] = [
  ['all', t('All')],
  ['stuck', t('Stuck')],
  ['AWAITING_PAYMENT', stateWord('AWAITING_PAYMENT')],
  ['refunds', t('Refunds')],
];

/** One press for what is looked at often; any other state is in the filter. */
export function Views({ view, onView }: { view: string; onView: (view: string) => void }) {
  const { data } = useQuery(ops);
  const stuck = data?.waiting.stuck_bookings.count ?? 0;
  const row = useChosenInSight<HTMLDivElement>(view);
  return (
    <div
      ref={row}
      role="group"
      aria-label={t('Views')}
      className="-mx-4 flex gap-1 overflow-x-auto border-b border-line px-4 sm:mx-0 sm:px-0"
    >
      {OFTEN.map(([name, word]) => (
        <button
          key={name}
          type="button"
          aria-pressed={view === name}
          className={cx(
            '-mb-px inline-flex min-h-10 items-center gap-2 border-b-2 px-3 font-medium whitespace-nowrap focus-visible:outline-offset-[-2px] pointer-coarse:min-h-11',
            view === name
              ? 'border-brand text-ink'
              : 'border-transparent text-ink-2 hover:text-ink',
          )}
          onClick={() => {
            onView(name);
          }}
        >
          {word}
          {name === 'stuck' && stuck > 0 && (
            <span className="rounded-full bg-warn-soft px-1.5 text-meta text-warn">
              {count(stuck)}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
