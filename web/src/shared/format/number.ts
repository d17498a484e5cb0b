import { NUMBERS } from '@/shared/i18n/language';

/** How figures are written. Nothing here computes one: money stays an exact decimal text. */

/** What stands where there is nothing to divide by, or nothing known. */
export const NONE = '–';

/** Spanish has no point in 7.228 by itself, but in 91.271: beside each other both have one. */
const GROUPED = { useGrouping: 'always' } as const;

const exponent = (currency: string): number => {
  try {
    const options = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
    return options.maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
};

/** Minor units as an exact decimal: 15000 of USD is `150.00`, of JPY `15000`, of KWD `15.000`. */
export const decimal = (minor: number, currency: string): string =>
  shifted(minor, exponent(currency));

/** A whole number of units that are so many digits after the point. */
const shifted = (units: number, digits: number): string => {
  const text = String(Math.abs(Math.trunc(units))).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const sign = units < 0 ? '-' : '';
  return digits === 0 ? `${sign}${whole}` : `${sign}${whole}.${text.slice(-digits)}`;
};

type Exact = Parameters<Intl.NumberFormat['format']>[0];

/** `$150.00`; with `short` a whole amount has no cents. */
export const money = (
  minor: number | null | undefined,
  currency: string,
  options: { short?: boolean; locale?: string } = {},
): string => {
  if (minor === null || minor === undefined) return NONE;
  const text = decimal(minor, currency);
  const whole = options.short && /\.0+$/.test(text);
  try {
    const written = new Intl.NumberFormat(options.locale ?? NUMBERS, {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      ...GROUPED,
      ...(whole ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {}),
    });
    // A text keeps every digit, which a number beyond 2^53 would not.
    return written.format(text as unknown as Exact).replace('-', '−');
  } catch {
    return `${text} ${currency}`;
  }
};

/** `$20K`: an amount beside a scale, which is read at a glance and not to the cent. */
export const scaleMoney = (minor: number, currency: string, locale = NUMBERS): string => {
  try {
    return new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      notation: 'compact',
      minimumFractionDigits: 0,
      maximumFractionDigits: 1,
    })
      .format(decimal(minor, currency) as unknown as Exact)
      .replace('-', '−');
  } catch {
    return money(minor, currency, { short: true });
  }
};

/** An exact decimal of US dollars, `12.3456`, to the cent or to more places: what carriers and AWS charge. */
export const dollars = (text: string, places = 2): string =>
  new Intl.NumberFormat(NUMBERS, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    maximumFractionDigits: places,
  })
    .format(text as unknown as Exact)
    .replace('-', '−');

/** `1,204`. */
export const count = (value: number | null | undefined, locale = NUMBERS): string =>
  value === null || value === undefined
    ? NONE
    : new Intl.NumberFormat(locale, GROUPED).format(value).replace('-', '−');

/** `33.33%` of the API's 33.33. */
export const percent = (value: number | null | undefined, locale = NUMBERS): string =>
  value === null || value === undefined
    ? NONE
    : new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: 'percent',
        minimumFractionDigits: 2,
        maximumFractionDigits: 2,
        ...GROUPED,
      })
        .format(value)
        .replace('-', '−');

/** `3.00`. */
export const ratio = (value: number | null | undefined, locale = NUMBERS): string =>
  value === null || value === undefined
    ? NONE
    : new Intl.NumberFormat(locale, {
        minimumFractionDigits: 2,
        maximumFractionDigits: 2,
        ...GROUPED,
      })
        .format(value)
        .replace('-', '−');

/** Millionths as a share: 500000 is `0.50`, 333333 is `0.3333`. */
export const millionths = (micro: number, locale = NUMBERS): string =>
  new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 4 })
    .format(shifted(micro, 6) as unknown as Exact)
    .replace('-', '−');

/** A difference, always marked: `Δ +3`. */
export const delta = (value: number | null | undefined): string =>
  value === null || value === undefined ? NONE : `Δ ${value > 0 ? '+' : ''}${count(value)}`;

/** The first and the last characters of an id. */
export const shortId = (id: string): string =>
  id.length <= 12 ? id : `${id.slice(0, 4)}…${id.slice(-4)}`;

/** `+1…67`: a number that is not shown. */
export const maskedPhone = (phone: string): string => `${phone.slice(0, 2)}…${phone.slice(-2)}`;
