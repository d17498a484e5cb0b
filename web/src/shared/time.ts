import { LOCALE } from './i18n/language';

/** Instants and calendar days. Only this file makes a `Date`: a calendar day is the string `YYYY-MM-DD`. */

/** The user's own zone, an IANA name. */
export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** The last part of a zone's name: `America/New_York` is New York. */
export const zoneName = (zone: string): string =>
  (zone.split('/').pop() ?? zone).replaceAll('_', ' ');

const instant = (text: string): Date | null => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
};

/** A zone that this browser knows, else UTC. */
export const knownZone = (zone: string | null | undefined): string => {
  try {
    return zone && new Intl.DateTimeFormat('en', { timeZone: zone }) ? zone : 'UTC';
  } catch {
    return 'UTC';
  }
};

const format = (text: string, options: Intl.DateTimeFormatOptions, locale?: string): string => {
  const date = instant(text);
  return date ? new Intl.DateTimeFormat(locale, options).format(date) : text;
};

/** `10 Mar 2026, 14:05` in a zone. */
export const dateTime = (text: string, zone: string, locale = LOCALE): string =>
  format(
    text,
    {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      timeZone: zone,
    },
    locale,
  );

/** An instant in each of some zones, with their names, and in UTC: one a line. */
export const inZones = (text: string, zones: string[]): string =>
  [...[...new Set(zones)].map((zone) => `${dateTime(text, zone)} ${zoneName(zone)}`), text].join(
    '\n',
  );

/** `14:05` in a zone. */
export const clock = (text: string, zone: string, locale = LOCALE): string =>
  format(text, { hour: '2-digit', minute: '2-digit', timeZone: zone }, locale);

/** `3:00 PM` in a zone, or from one instant to another `3:00–4:00 PM`, as people say it. */
export const said = (from: string, to: string | null, zone: string, locale = LOCALE): string => {
  const [begin, end] = [instant(from), to ? instant(to) : null];
  if (!begin) return from;
  const words = new Intl.DateTimeFormat(locale, {
    hour: 'numeric',
    minute: '2-digit',
    timeZone: zone,
  });
  if (!end) return words.format(begin);
  // A range over midnight would name both days, and the day of the begin stands before it already.
  return isoDay(begin, zone) === isoDay(end, zone)
    ? words.formatRange(begin, end)
    : `${words.format(begin)} – ${words.format(end)}`;
};

/** `Tuesday, 10 March` in a zone. */
export const longDay = (text: string, zone: string, locale = LOCALE): string =>
  format(text, { weekday: 'long', day: 'numeric', month: 'long', timeZone: zone }, locale);

/** `10 Mar 2026` of an instant in a zone. */
export const dayOf = (text: string, zone: string, locale = LOCALE): string =>
  format(text, { day: 'numeric', month: 'short', year: 'numeric', timeZone: zone }, locale);

const isoDay = (date: Date, zone: string): string =>
  new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(date);

/** The instant of a count of milliseconds. */
export const isoOf = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** By how many milliseconds the server is ahead of this browser. */
let ahead = 0;

/** Learns what time it is for the server, by which bookings are held and months end. */
export const learnNow = (serverNow: string, since = 0): void => {
  const date = instant(serverNow);
  if (date) ahead = date.getTime() + since * 1000 - Date.now();
};

const now = (): Date => new Date(Date.now() + ahead);

/** The calendar day `YYYY-MM-DD` of now in a zone. */
export const today = (zone: string): string => isoDay(now(), zone);

/** The calendar day `YYYY-MM-DD` of an instant in a zone. */
export const dayIn = (text: string, zone: string): string => {
  const date = instant(text);
  return date ? isoDay(date, zone) : text.slice(0, 10);
};

/** The calendar day `YYYY-MM-DD` on which an instant in a zone lies, and its time of day `HH:MM`. */
export const wallOf = (text: string, zone: string): string =>
  `${dayIn(text, zone)}T${clock(text, zone, 'en-GB')}`;

/** `10 Mar 2026` of a calendar day, which has no zone. */
export const day = (text: string, locale = LOCALE): string =>
  /^\d{4}-\d{2}-\d{2}$/.test(text)
    ? format(
        `${text}T12:00:00Z`,
        { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' },
        locale,
      )
    : text;

/** `10 Mar` of a calendar day. */
export const shortDay = (text: string, locale = LOCALE): string =>
  format(`${text}T12:00:00Z`, { day: 'numeric', month: 'short', timeZone: 'UTC' }, locale);

/** `1–2 Nov` of two calendar days. */
export const dayRange = (from: string, to: string, locale = LOCALE): string => {
  const [first, last] = [instant(`${from}T12:00:00Z`), instant(`${to}T12:00:00Z`)];
  if (!first || !last) return `${from} – ${to}`;
  const options = { day: 'numeric', month: 'short', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(locale, options).formatRange(first, last);
};

/** `Mar 2026` of a month `YYYY-MM`. */
export const shortMonth = (text: string, locale = LOCALE): string =>
  format(`${text}-15T12:00:00Z`, { month: 'short', year: 'numeric', timeZone: 'UTC' }, locale);

/** The calendar day is a Monday. */
export const isMonday = (text: string): boolean => instant(`${text}T12:00:00Z`)?.getUTCDay() === 1;

/** Until this day of a month a page opens on the month before: two days say nothing about a month. */
const YOUNG = '07';

/** The month on which pages open, by the calendar day of now. */
export const startMonth = (now: string): string =>
  now.slice(8) <= YOUNG ? shiftMonth(now.slice(0, 7), -1) : now.slice(0, 7);

/** `March 2026` of a month `YYYY-MM`. */
export const month = (text: string, locale = LOCALE): string =>
  /^\d{4}-\d{2}$/.test(text)
    ? format(`${text}-15T12:00:00Z`, { month: 'long', year: 'numeric', timeZone: 'UTC' }, locale)
    : text;

/** The month `YYYY-MM` that lies `by` months after. */
export const shiftMonth = (text: string, by: number): string => {
  const [year = 1970, number = 1] = text.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 15)).toISOString().slice(0, 7);
};

/** The calendar day that lies `by` days after. */
export const shiftDay = (text: string, by: number): string => {
  const [year = 1970, number = 1, date = 1] = text.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1, date + by)).toISOString().slice(0, 10);
};

/** What a zone's clock shows at an instant, as if it were UTC; milliseconds. */
const wall = (at: number, zone: string): number => {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
};

/** The instant at which a zone's clock shows a time `YYYY-MM-DDTHH:MM`. */
export const instantOf = (text: string, zone: string): string => {
  const [year = 1970, number = 1, date = 1, hour = 0, minute = 0] = text.split(/[-T:]/).map(Number);
  const shown = Date.UTC(year, number - 1, date, hour, minute);
  const guess = shown - (wall(shown, zone) - shown);
  // The offset at the guess is the right one also where the clocks change that night.
  return new Date(shown - (wall(guess, zone) - guess)).toISOString();
};

/** The instant at which a calendar day begins in a zone. */
export const startOf = (text: string, zone: string): string => instantOf(`${text}T00:00`, zone);

/** The last microsecond before an instant, for bounds that belong to what they end. */
const justBefore = (text: string): string =>
  new Date(new Date(text).getTime() - 1).toISOString().replace('Z', '999Z');

/** The bounds of calendar days of a zone, both inclusive; either may be open. */
export const within = (
  first: string | null,
  last: string | null,
  zone: string,
): { from?: string; to?: string } => ({
  ...(first ? { from: startOf(first, zone) } : {}),
  ...(last ? { to: justBefore(startOf(shiftDay(last, 1), zone)) } : {}),
});

/** The instants between which calendar days lie: the first one belongs to them, the last one does not. */
export const instantsOf = (
  from: string,
  to: string,
  zone: string,
): { from: string; to: string } => ({
  from: startOf(from, zone),
  to: startOf(shiftDay(to, 1), zone),
});

/** First and last calendar day of a month. */
export const daysOf = (text: string): { from: string; to: string } => ({
  from: `${text}-01`,
  to: shiftDay(`${shiftMonth(text, 1)}-01`, -1),
});

/** Seconds from now until an instant; negative where it has passed. */
export const secondsUntil = (text: string): number => {
  const date = instant(text);
  return date ? (date.getTime() - now().getTime()) / 1000 : 0;
};

/** Seconds between two instants. */
export const secondsBetween = (from: string, to: string): number => {
  const [a, b] = [instant(from), instant(to)];
  return a && b ? (b.getTime() - a.getTime()) / 1000 : 0;
};

/** `20260310T140000Z`, as calendars' files have it. */
export const compactUtc = (text: string): string =>
  (instant(text)?.toISOString() ?? text).replace(/[-:]|\.\d+/g, '');

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

const INSTANT = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/;

/** The value is an instant as the API writes it. */
export const isInstant = (value: unknown): value is string =>
  typeof value === 'string' && INSTANT.test(value);

/** The text is a month `YYYY-MM`. */
export const isMonth = (text: string): boolean => MONTH.test(text) && text >= '1970';

/** The text is a calendar day `YYYY-MM-DD`. */
export const isDay = (text: string): boolean => {
  const [year = '', month = '', day = ''] = text.split('-');
  if (!isMonth(`${year}-${month}`) || !/^\d{2}$/.test(day)) return false;
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) >= 1 && Number(day) <= days && text.length === 10;
};
