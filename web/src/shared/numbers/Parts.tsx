import { Download } from 'lucide-react';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useRef, useState } from 'react';
import { Link } from 'react-router';
import { address } from '@/shared/api/get';
import {
  factRows,
  type DrillPart,
  type FactRow,
  type FactRows,
  type FigureView,
} from '@/shared/api/numbers';
import { useList } from '@/shared/api/useList';
import { count, millionths, money } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { placeOf } from '@/shared/lineage/trail';
import { Trail } from '@/shared/lineage/Trail';
import { useCarried } from '@/shared/moment';
import { day } from '@/shared/time';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Empty } from '@/shared/ui/Card';
import { cx } from '@/shared/ui/classes';
import { Copy } from '@/shared/ui/Copy';
import { usePageKeys } from '@/shared/ui/keys';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { KEYS, whyWord } from './keys';
import { addsUp } from './text';

const PARTS = ['numerator', 'denominator', 'not_counted'] as const;
type PartName = (typeof PARTS)[number];

/** What a part counts: the figure that it is, where the formula names one. */
const partWord = (part: PartName, formula: string): string => {
  const [above = '', below = ''] = formula.split(' / ');
  const term = part === 'numerator' ? above : part === 'denominator' ? below : '';
  return KEYS[term]?.name ?? WORDS[part];
};

const WORDS: Record<PartName, string> = {
  numerator: t('Counted above'),
  denominator: t('Counted below'),
  not_counted: t('Not counted'),
};

/** The rows behind a figure: one tab for what is above the line, one for below, one for what does not count. */
export function Parts({
  figure,
  name,
  currency,
}: {
  figure: FigureView;
  name: string;
  currency: string;
}) {
  const [asked, setPart] = useQueryState('part', parseAsStringLiteral(PARTS));
  const there = PARTS.filter((one) => {
    const of = figure.drill?.[one];
    // No tab for rows left out where there are none.
    return of && (one !== 'not_counted' || of.count > 0);
  });
  const part = asked && there.includes(asked) ? asked : (there[0] ?? 'numerator');
  const drilled = figure.drill?.[part];
  if (!drilled) return null;
  const divided = there.includes('denominator');
  return (
    <section aria-label={t('Rows')} className="flex flex-col gap-3">
      <div role="group" aria-label={t('Which rows')} className="flex flex-wrap gap-1">
        {there.map((one) => (
          <button
            key={one}
            type="button"
            data-part={one}
            aria-pressed={one === part}
            className={cx(
              'touch min-h-8 rounded-control border px-3 text-table font-medium',
              one === part
                ? 'border-brand bg-brand-soft text-brand'
                : 'border-line text-ink-2 hover:bg-sunken',
            )}
            onClick={() => void setPart(one)}
          >
            {one === 'numerator' && !divided ? t('Counted') : partWord(one, figure.formula)}{' '}
            {count(figure.drill?.[one]?.count)}
          </button>
        ))}
      </div>
      <Rows
        key={drilled.href}
        drilled={drilled}
        amount={
          part === 'numerator'
            ? figure.numerator
            : part === 'denominator'
              ? figure.denominator
              : null
        }
        name={name}
        currency={currency}
      />
    </section>
  );
}

function Rows({
  drilled,
  amount,
  name,
  currency,
}: {
  drilled: DrillPart;
  amount: number | null | undefined;
  name: string;
  currency: string;
}) {
  const list = useList<FactRow>(['rows', drilled.href], (cursor) => factRows(drilled.href, cursor));
  const first = list.query.data?.pages[0] as FactRows | undefined;
  const proof = addsUp(drilled, amount, first);
  const file = useRef<HTMLAnchorElement>(null);
  usePageKeys({ e: () => file.current?.click() });
  return (
    <Tile query={list.query} what={t('the rows')}>
      {() => (
        <div className="flex flex-col gap-3">
          <div className="flex flex-wrap items-center justify-between gap-2">
            {proof === true && <Badge tone="ok">{t('Rows add up')}</Badge>}
            {proof === false && (
              <span className="flex flex-wrap items-center gap-2" role="alert">
                <Badge tone="bad">{t('Rows do not add up, please report')}</Badge>
                <Copy
                  text={JSON.stringify({ name, amount, drilled, totals: first }, null, 2)}
                  what={t('report')}
                />
              </span>
            )}
            <a
              ref={file}
              title={t('All rows as a file (E)')}
              className="touch ms-auto inline-flex min-h-8 items-center gap-2 rounded-control px-2 text-table font-medium text-ink-2 no-underline hover:bg-sunken"
              href={address(drilled.href, { format: 'csv' })}
              download
            >
              <Download size={16} aria-hidden />
              CSV
            </a>
          </div>
          {list.rows.length === 0 ? (
            <Empty>{t('No row.')}</Empty>
          ) : (
            <ul className="m-0 flex list-none flex-col p-0">
              {list.rows.map((row) => (
                <FactLine key={row.row_id} row={row} currency={currency} />
              ))}
            </ul>
          )}
          {list.more && (
            <Button className="self-center" busy={list.more.busy} onClick={list.more.load}>
              {t('Load more')}
            </Button>
          )}
        </div>
      )}
    </Tile>
  );
}

/** Facts of which only the day is known. */
const DAYS_ONLY = new Set(['deals', 'spend']);

/** A row: who, when, how much, why; unfolded its way back to the webhook. */
function FactLine({ row, currency }: { row: FactRow; currency: string }) {
  const [unfolded, setUnfolded] = useState(false);
  const { role } = useFrame();
  const to = useCarried();
  // A row in another currency adds nothing; its own amount is shown.
  const amount = row.own_minor ?? row.amount_minor;
  const unit = row.own_currency ?? currency;
  const isMoney = amount !== null && amount !== undefined;
  const share = row.amount_micro;
  return (
    <li className="border-b border-line py-2 last:border-b-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="min-w-0 font-medium wrap-anywhere">
          {row.contact_id ? (
            <Link
              className="inline-flex min-h-6 items-center text-brand"
              to={to(`/app/contacts/${row.contact_id}`)}
            >
              {row.name ?? t('A person without a name')}
            </Link>
          ) : (
            (row.name ?? t('Nobody in particular'))
          )}
        </span>
        {isMoney && <span>{money(amount, unit)}</span>}
        {share !== null && share !== undefined && <span>{millionths(share)}</span>}
      </div>
      <div className="flex flex-wrap items-baseline justify-between gap-x-3 text-table text-ink-2">
        <span>
          {DAYS_ONLY.has(row.fact) ? day(row.on) : <Time at={row.occurred_at} />}
          {row.why !== 'counted' && ' · '}
          {row.why === 'counted' ? null : whyWord(row.why)}
        </span>
        {row.lineage && (
          <button
            type="button"
            aria-expanded={unfolded}
            className="touch min-h-6 rounded-control px-1 text-brand hover:underline"
            onClick={() => {
              setUnfolded(!unfolded);
            }}
          >
            {unfolded ? t('Fold') : role === 'admin' ? t('To the webhook') : t('To its source')}
          </button>
        )}
      </div>
      {unfolded && row.lineage && (
        <div className="mt-2">
          <Trail place={placeOf(row.lineage)} />
        </div>
      )}
    </li>
  );
}
