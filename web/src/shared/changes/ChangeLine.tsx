import { Link } from 'react-router';
import { count, money, NONE } from '@/shared/format/number';
import { sentence, words } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { many, t } from '@/shared/i18n/t';
import { text } from '@/shared/lineage/trail';
import { month as monthWord } from '@/shared/time';
import { Time } from '@/shared/ui/Time';
import { isMoney, monthOf, rowOf, type Change } from './changes';

/** A value that changed: of which month, from what to what, and why. */
export function ChangeLine({ change }: { change: Change }) {
  const { currency, role } = useFrame();
  const { cause, column } = change;
  const month = monthOf(change.key);
  const row = rowOf(change.key).join(', ');
  const value = (one: unknown) =>
    one === null || one === undefined
      ? NONE
      : typeof one === 'number' && isMoney(change)
        ? money(one, currency)
        : text(one);
  const why =
    'delivery_id' in cause ? `${cause.vendor} ${cause.kind ?? ''}` : sentence(cause.action);
  const others = 'delivery_id' in cause ? (cause.others?.length ?? 0) : 0;
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-3">
      <span className="min-w-0 wrap-anywhere">
        {month && <span className="font-medium">{monthWord(month)}</span>} {words(column)}{' '}
        {row && <span className="text-ink-2">({row})</span>} {value(change.from)} →{' '}
        {value(change.to)}:{' '}
        {'delivery_id' in cause && role === 'admin' ? (
          <Link
            className="inline-flex min-h-6 items-center text-brand"
            to={`/app/inbox?open=${cause.delivery_id}`}
          >
            {why}
          </Link>
        ) : (
          why
        )}
        {others > 0 && (
          <span className="text-ink-2">
            {' '}
            {many(others, t('and another delivery'), t`and ${count(others)} other deliveries`)}
          </span>
        )}
      </span>
      <span className="text-table text-ink-3">
        <Time at={change.at} />
      </span>
    </div>
  );
}
