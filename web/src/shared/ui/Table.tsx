import { ArrowDown, ArrowUp, Download } from 'lucide-react';
import { parseAsString, useQueryState } from 'nuqs';
import { useContext, useMemo, useRef, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { download } from '@/shared/format/download';
import { count } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { many, t } from '@/shared/i18n/t';
import { usePreferences } from '@/shared/theme';
import { Button } from './Button';
import { CardHead } from './Card';
import { Cards, Order } from './Cards';
import { cx } from './classes';
import type { Column } from './column';
import { CsvLink } from './CsvLink';
import { usePageKeys } from './keys';
import { tableFile } from './tableFile';
import { useCut } from './useCut';
import { useNarrow } from './useNarrow';

export type { Column };

interface Props<R> {
  /** Name of the table for screen readers and of its file. */
  name: string;
  columns: Column<R>[];
  rows: R[];
  rowKey: (row: R) => string;
  /** Opens a row; its first cell is the button. */
  onOpen?: (row: R) => void;
  /** Whether there are more rows than these. */
  more?: { load: () => void; busy: boolean } | null;
  /** Rows under the same filters, those that are not here included. */
  total?: number | null;
  /** Every row under the same filters, for the file. */
  all?: () => Promise<R[]>;
  /** The address of the API's own file. */
  csvHref?: string;
  empty: ReactNode;
  tools?: ReactNode;
  /** Number of rows that stay on top in every order. */
  pinned?: number;
  /** The order's name in the address, where a page has several tables. */
  sortName?: string;
}

/** Rows: a table on a wide window, cards on a phone; sorted where all of them are here; as a file in any case. */
export function Table<R>(props: Props<R>) {
  const { name, rows, more, all, csvHref, tools, pinned = 0 } = props;
  const columns = useMemo(() => props.columns.filter((one) => !one.fileOnly), [props.columns]);
  const [order, setOrder] = useQueryState(props.sortName ?? 'sort', parseAsString);
  const { zone, at, known } = useFrame();
  const narrow = useNarrow();
  const sorted = useMemo(
    () => [...rows.slice(0, pinned), ...ordered(rows.slice(pinned), columns, order)],
    [rows, columns, order, pinned],
  );
  const save = async () => {
    const everything = all ? await all() : rows;
    const past = [...(at ? [t`judged at ${at}`] : []), ...(known ? [t`as known on ${known}`] : [])];
    download(`${name}.csv`, tableFile(props.columns, everything, zone, past));
  };
  const box = useRef<HTMLDivElement>(null);
  usePageKeys({ j: () => step(box.current, 1), k: () => step(box.current, -1) }, !!props.onOpen);
  const card = useContext(CardHead);
  if (rows.length === 0) return <>{props.empty}</>;
  const own = count(rows.length - pinned);
  const bar = (
    <>
      <span aria-live="polite" className="text-table text-ink-3 tabular-nums">
        {more
          ? typeof props.total === 'number'
            ? t`1–${own} of ${count(props.total)}`
            : t`1–${own}, there are more`
          : many(rows.length - pinned, t('1 row'), t`${own} rows`)}
      </span>
      <span className="flex min-w-0 flex-wrap items-center gap-2">
        {narrow && !more && rows.length > 2 && (
          <Order columns={columns} order={order} onOrder={(next) => void setOrder(next)} />
        )}
        {tools}
        {csvHref ? (
          <CsvLink href={csvHref} />
        ) : (
          <Button kind="quiet" className="-me-3" onClick={() => void save()}>
            <Download size={16} aria-hidden />
            CSV
          </Button>
        )}
      </span>
    </>
  );
  return (
    <div ref={box} data-rows className="flex min-w-0 flex-col gap-3">
      {/* On a phone it would take a line of the head only when it comes, and move what is below. */}
      {card?.end && !narrow ? (
        createPortal(bar, card.end)
      ) : (
        <div className="flex flex-wrap items-center justify-between gap-2 sm:-my-1.5">{bar}</div>
      )}
      {narrow ? (
        <Cards
          columns={columns}
          rows={sorted}
          rowKey={props.rowKey}
          first={(row) => <First row={row} props={props} />}
        />
      ) : (
        <Grid
          {...props}
          columns={columns}
          inCard={card !== null}
          rows={sorted}
          sort={sortOf(order)}
          onSort={
            more
              ? undefined
              : (key) => {
                  void setOrder(next(order, key));
                }
          }
        />
      )}
      {more && (
        <Button className="self-center" busy={more.busy} onClick={more.load}>
          {t('Load more')}
        </Button>
      )}
    </div>
  );
}

/** Moves to the next row's button or the one before; of several tables the one that has the focus, else the first. */
function step(box: HTMLElement | null, by: number): void {
  if (!box || document.querySelector('[role=dialog]')) return;
  const buttons = [...box.querySelectorAll<HTMLElement>('[data-opens]')];
  const at = buttons.findIndex((button) => button === document.activeElement);
  const focused = document.activeElement?.closest('[data-rows]');
  if ((focused ?? document.querySelector('[data-rows]')) !== box) return;
  buttons[Math.max(0, at + by)]?.focus();
}

type Sort = { key: string; down: boolean } | null;

/** The order of an address: `price`, or downwards `-price`. */
const sortOf = (order: string | null): Sort =>
  order ? { key: order.replace(/^-/, ''), down: order.startsWith('-') } : null;

/** The next order after a click: ascending, descending, original. */
const next = (now: string | null, key: string): string | null =>
  now === key ? `-${key}` : now === `-${key}` ? null : key;

/** Rows in the order that the address says. */
export function ordered<R>(rows: R[], columns: Column<R>[], order: string | null): R[] {
  const sort = sortOf(order);
  const value = columns.find((column) => column.key === sort?.key)?.value;
  if (!sort || !value) return rows;
  const sign = sort.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === y) return 0;
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * String(x).localeCompare(String(y));
  });
}

function First<R>({ row, props }: { row: R; props: Props<R> }) {
  const [first] = props.columns;
  const content = first?.cell(row);
  if (!props.onOpen) return <>{content}</>;
  return (
    <button
      type="button"
      data-opens
      className="-mx-1 max-w-96 truncate rounded-control px-1 py-0.5 text-start font-medium text-brand hover:underline pointer-coarse:min-h-11 max-sm:max-w-full max-sm:whitespace-normal"
      onClick={() => props.onOpen?.(row)}
    >
      {content}
    </button>
  );
}

/** A longer table scrolls inside of its frame, under its head. */
const LONG = 30;

/** Rows that are drawn at once; more are drawn where somebody scrolls to them. */
const AT_ONCE = 100;

function Grid<R>(
  props: Props<R> & {
    sort: Sort;
    onSort?: ((key: string) => void) | undefined;
    /** Inside a card the table has no frame of its own and fills the card. */
    inCard: boolean;
  },
) {
  const { columns, sort, onSort, pinned = 0 } = props;
  const [drawn, draw] = useState(AT_ONCE);
  const rows = props.rows.slice(0, drawn);
  const isCut = drawn < props.rows.length;
  const compact = usePreferences((p) => p.density) === 'compact';
  const pad = cx(compact ? 'h-8' : 'h-10', 'px-3', props.inCard && 'first:ps-4 last:pe-4');
  const { box, cut, look } = useCut<HTMLDivElement>();
  return (
    <div
      ref={box}
      onScroll={({ currentTarget: box }) => {
        const left = box.scrollHeight - box.scrollTop - box.clientHeight;
        if (isCut && left < box.clientHeight) draw(drawn + AT_ONCE);
        look();
      }}
      className={cx(
        'overflow-auto focus-visible:outline-offset-[-2px]',
        props.rows.length > LONG && 'max-h-[70vh]',
        props.inCard ? '-mx-4 -mb-2 border-t border-line' : 'rounded-card border border-line',
        cut,
      )}
      role="region"
      aria-label={props.name}
      // A region that scrolls is reached by the keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <table
        aria-rowcount={(props.total ?? props.rows.length) + 1}
        className="w-full border-separate border-spacing-0 text-table"
      >
        <thead>
          <tr>
            {columns.map((column, at) => (
              <th
                key={column.key}
                scope="col"
                aria-sort={
                  sort?.key === column.key ? (sort.down ? 'descending' : 'ascending') : undefined
                }
                className={cx(
                  'sticky top-0 z-10 border-b border-line bg-surface font-medium text-ink-3 whitespace-nowrap',
                  pad,
                  column.figure ? 'text-end' : 'text-start',
                  at === 0 && 'start-0 z-20',
                )}
              >
                {onSort && column.value ? (
                  <button
                    type="button"
                    className="-mx-1 inline-flex min-h-6 items-center gap-1 rounded-control px-1 hover:text-ink"
                    onClick={() => {
                      onSort(column.key);
                    }}
                  >
                    {column.head}
                    {sort?.key === column.key &&
                      (sort.down ? (
                        <ArrowDown size={12} aria-hidden />
                      ) : (
                        <ArrowUp size={12} aria-hidden />
                      ))}
                  </button>
                ) : (
                  column.head
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, line) => (
            <tr key={props.rowKey(row)} className="group/row">
              {columns.map((column, at) => (
                <td
                  key={column.key}
                  className={cx(
                    'border-b border-line whitespace-nowrap group-last/row:border-b-0 group-hover/row:bg-sunken',
                    pad,
                    column.figure ? 'text-end tabular-nums' : 'text-start',
                    at === 0 && 'sticky start-0',
                    line < pinned ? 'bg-sunken font-semibold' : at === 0 && 'bg-surface',
                  )}
                >
                  {at === 0 ? <First row={row} props={props} /> : column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
