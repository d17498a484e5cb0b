import { decimal } from './number';

/** Minor units of an amount as people type it; `null` if it is none. `150`, `150.00` and `150,00` are the same. */
export function minorOf(text: string, currency: string): number | null {
  const digits = decimal(0, currency).split('.')[1]?.length ?? 0;
  const found = /^(\d{1,12})(?:[.,](\d+))?$/.exec(text.trim());
  if (!found) return null;
  const [, whole = '0', fraction = ''] = found;
  if (fraction.length > digits) return null;
  const minor = Number(`${whole}${fraction.padEnd(digits, '0')}`);
  return minor > 0 ? minor : null;
}
