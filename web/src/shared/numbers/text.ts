import { t } from '@/shared/i18n/t';
import type { DrillPart, FigureView, Unit } from '@/shared/api/numbers';
import { count, money, NONE, percent, ratio } from '@/shared/format/number';

/** A value in its unit. */
export const inUnit = (
  value: number | null | undefined,
  unit: Unit,
  currency: string,
  short = false,
): string => {
  if (value === null || value === undefined) return NONE;
  if (unit === 'money') return money(value, currency, { short });
  if (unit === 'percent') return percent(value);
  return unit === 'ratio' ? ratio(value) : count(value);
};

/** A figure as it is written; on cards whole amounts have no cents. */
export const valueText = (figure: FigureView, fallback: string, short = false): string =>
  inUnit(figure.value, figure.unit, figure.currency ?? fallback, short);

const isThere = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined;

/** What a numerator or denominator of a figure is counted in: money, shares of deals, or a count. */
export const partText = (
  part: DrillPart | null | undefined,
  amount: number | null | undefined,
  currency: string,
): string => {
  if (isThere(part?.sum_minor)) return money(amount, currency, { short: true });
  return isThere(part?.sum_micro) ? ratio(amount) : count(amount);
};

/** The currency of a figure's numerator or denominator, where it is money. */
export const moneyOf = (
  { drill, currency }: FigureView,
  part: 'numerator' | 'denominator',
  fallback: string,
): string | null => (isThere(drill?.[part]?.sum_minor) ? (currency ?? fallback) : null);

/** What a part of a figure is counted in, for a file: its currency, or that it is a count. */
export const partUnit = (
  figure: FigureView,
  part: 'numerator' | 'denominator',
  fallback: string,
): string => (isThere(figure[part]) ? (moneyOf(figure, part, fallback) ?? t('count')) : '');

/** What a value is measured in, for a file. */
export const valueUnit = ({ unit, currency }: FigureView, fallback: string): string => {
  if (unit === 'money') return currency ?? fallback;
  if (unit === 'percent') return '%';
  return unit === 'ratio' ? t('ratio') : t('count');
};

/** A difference to the period before, always marked: `Δ +2.10 points`. */
export const changeText = (figure: FigureView, fallback: string): string | null => {
  const { change, unit } = figure;
  if (change === null || change === undefined) return null;
  const sign = change > 0 ? '+' : '';
  if (unit === 'percent') return t`Δ ${sign + ratio(change)} points`;
  return `Δ ${sign}${inUnit(change, unit, figure.currency ?? fallback, true)}`;
};

/** Whether the rows behind a part add up to it, by the server's own totals of both; `null`: nothing to compare. */
export const addsUp = (
  part: DrillPart | null | undefined,
  amount: number | null | undefined,
  totals: { total: number; total_minor?: number | null; total_micro?: number | null } | undefined,
): boolean | null => {
  if (!part || !totals || amount === null || amount === undefined) return null;
  if (isThere(part.sum_micro)) return totals.total_micro === part.sum_micro;
  return (isThere(part.sum_minor) ? (totals.total_minor ?? null) : totals.total) === amount;
};
