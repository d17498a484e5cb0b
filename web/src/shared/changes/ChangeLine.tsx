import { Link } from 'react-router';
import { count, money, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { many, t } from '@/shared/i18n/t';
import { text } from '@/shared/lineage/trail';
import { month as monthWord } from '@/shared/time';
import { Time } from '@/shared/ui/Time';
import { columnWord, isMoney, monthOf, rowOf, type Change } from './changes';
import { usePeopleNames } from './usePeopleNames';

/** A value that changed: of which month, from what to what, and why. */
export function ChangeLine({ change }: { change: Change }) {
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-3">
      <span className="min-w-0 wrap-anywhere">
        <Moved change={change} />: <Cause cause={change.cause} />
      </span>
      <span className="text-table text-ink-3">
        <Time at={change.at} />
      </span>
    </div>
  );
}

/** A value that changed: which, of what, from what to what. */
export function Moved({ change }: { change: Change }) {
  const { currency } = useFrame();
  const month = monthOf(change.key);
  const row = rowOf(change.key, usePeopleNames());
  // A day says its month.
  const of = [...('month' in change.key && month ? [monthWord(month)] : []), ...row].join(', ');
  const value = (one: unknown) =>
    one === null || one === undefined
      ? NONE
      : typeof one === 'number'
        ? isMoney(change)
          ? money(one, currency)
          : count(one)
        : text(one);
  return (
    <>
      <span className="font-medium">{columnWord(change.column)}</span>{' '}
      <span className="whitespace-nowrap tabular-nums">
        {value(change.from)} → {value(change.to)}
      </span>
      {of && <span className="text-ink-2"> · {of}</span>}
    </>
  );
}

/** What changed a value: a webhook, which an admin can open, or something else. */
export function Cause({ cause }: { cause: Change['cause'] }) {
  const { role } = useFrame();
  if (!('delivery_id' in cause)) return <>{sentence(cause.action)}</>;
  const why = `${sentence(cause.vendor)} ${cause.kind ?? ''}`;
  const others = cause.others?.length ?? 0;
  return (
    <>
      {role === 'admin' ? (
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
    </>
  );
}
