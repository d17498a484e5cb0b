import { useState, type ReactNode } from 'react';
import type { Schema } from '@/shared/api/client';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { formulaWords } from '@/shared/numbers/keys';
import { Facts } from './Card';
import { cx } from './classes';
import { Overlay } from './Dialogs';

/** What is divided by what; of nothing there is no share. */
const partsOf = (rate: Schema['Rate'], top: (numerator: number) => string): string =>
  rate.denominator === 0
    ? t('There was none')
    : t`${top(rate.numerator)} of ${count(rate.denominator)}`;

/** A figure with its name. Where the API tells its formula it is a door: the panel shows what is divided by what. */
export function Figure({
  name,
  value,
  note,
  rate,
  top = count,
  bare = false,
}: {
  name: string;
  value: ReactNode;
  note?: ReactNode;
  rate?: Schema['Rate'];
  /** How its numerator is written. */
  top?: (numerator: number) => string;
  /** Without a frame, where it stands in a card. */
  bare?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const inside = (
    <>
      <span className="text-table text-ink-2">{name}</span>
      <span className="text-[length:max(1.125rem,min(var(--text-figure),15cqi))] leading-9 font-semibold tracking-tight wrap-anywhere">
        {value}
      </span>
      <span className="text-meta text-ink-3">{note ?? (rate && partsOf(rate, top))}</span>
    </>
  );
  const look = cx(
    '@container flex min-w-0 flex-col text-start',
    bare
      ? '-mx-2 -my-1 rounded-control px-2 py-1'
      : 'rounded-card border border-line bg-surface p-4',
  );
  if (!rate) return <div className={look}>{inside}</div>;
  return (
    <>
      <button
        type="button"
        data-metric={name}
        className={cx(look, bare ? 'hover:bg-sunken' : 'hover:border-brand')}
        onClick={() => {
          setOpen(true);
        }}
      >
        {inside}
      </button>
      <Overlay
        open={open}
        onClose={() => {
          setOpen(false);
        }}
        title={name}
      >
        <div className="flex flex-col gap-4">
          <p className="m-0 text-figure font-semibold">{value}</p>
          <Facts
            items={[
              [t('Formula'), formulaWords(rate.formula)],
              [t('Numerator'), top(rate.numerator)],
              [t('Denominator'), count(rate.denominator)],
            ]}
          />
        </div>
      </Overlay>
    </>
  );
}
