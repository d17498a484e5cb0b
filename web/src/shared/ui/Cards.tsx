import { useContext, useState, type ReactNode } from 'react';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Button } from './Button';
import { CardHead } from './Card';
import { cx } from './classes';
import { Filter } from './Fields';
import type { Column } from './Table';

/** Columns that a card shows at once; it has more only where it has two more. */
const ON_CARD = 6;
/** Cards that are drawn at once: a phone shows two or three of them. */
const AT_ONCE = 25;

/** Rows as cards, for a phone: the first columns, the others under a fold. */
export function Cards<R>({
  columns,
  rows,
  rowKey,
  first,
}: {
  columns: Column<R>[];
  rows: R[];
  rowKey: (row: R) => string;
  first: (row: R) => ReactNode;
}) {
  const [drawn, draw] = useState(AT_ONCE);
  const inCard = useContext(CardHead) !== null;
  const left = rows.length - drawn;
  const [, ...rest] = columns;
  const shown = rest.length > ON_CARD + 1 ? ON_CARD : rest.length;
  const pairs = (row: R, some: Column<R>[]) => (
    <dl className="m-0 mt-1.5 grid grid-cols-2 items-start gap-x-4 gap-y-1.5 text-table">
      {some.map((column) => (
        <div key={column.key} className="min-w-0">
          <dt className="text-meta text-ink-3">{column.head}</dt>
          <dd className="m-0 wrap-anywhere">{column.cell(row)}</dd>
        </div>
      ))}
    </dl>
  );
  return (
    <>
      <ul
        className={cx(
          'm-0 flex list-none flex-col p-0',
          // In a card lines part the rows: a frame in a frame takes a fifth of the width.
          inCard ? '-mx-4 border-t border-line' : 'gap-2',
        )}
      >
        {rows.slice(0, drawn).map((row) => (
          <li
            key={rowKey(row)}
            className={
              inCard
                ? 'border-b border-line px-4 py-3 last:border-b-0'
                : 'rounded-card border border-line bg-surface p-3'
            }
          >
            <div className="font-medium wrap-anywhere">{first(row)}</div>
            {pairs(row, rest.slice(0, shown))}
            {shown < rest.length && (
              <details className="mt-2">
                <summary className="touch min-h-6 content-center text-table text-ink-2">
                  {t('More')}
                </summary>
                {pairs(row, rest.slice(shown))}
              </details>
            )}
          </li>
        ))}
      </ul>
      {left > 0 && (
        <Button
          className="self-center"
          onClick={() => {
            draw(drawn + AT_ONCE);
          }}
        >
          {t`Show ${count(Math.min(left, AT_ONCE))} more of ${count(left)}`}
        </Button>
      )}
    </>
  );
}

/** The order of cards, which have no heads to press: figures from the greatest on. */
export function Order<R>({
  columns,
  order,
  onOrder,
}: {
  columns: Column<R>[];
  order: string | null;
  onOrder: (order: string | null) => void;
}) {
  const options = columns
    .filter((column) => column.value)
    .map((column): [string, string] => [
      column.figure ? `-${column.key}` : column.key,
      column.head,
    ]);
  const known = options.some(([key]) => key === order) ? (order ?? '') : '';
  return (
    <Filter
      label={t('Sort by')}
      value={known}
      options={[['', t('As it came')], ...options]}
      onChange={(next) => {
        onOrder(next || null);
      }}
    />
  );
}
