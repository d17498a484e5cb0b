/** Tables as files for spreadsheets. */

const RUNS = /^[=+\-@\t\r]/;
/** An amount below nothing, which no spreadsheet runs. */
const NEGATIVE = /^-\d+(\.\d+)?$/;

/** A cell. What a spreadsheet would run is disarmed by an apostrophe; numbers stay numbers. */
export const cell = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe =
    typeof value === 'string' && RUNS.test(text) && !NEGATIVE.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Rows under a header, with the ends of lines that spreadsheets expect. */
export const csv = (header: string[], rows: unknown[][]): string =>
  [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
