import type { Move } from '@/shared/api/people';
import { money, NONE } from '@/shared/format/number';

const keyOf = (move: Move): string => JSON.stringify([move.table, move.key, move.column]);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether some moves take back exactly what others moved. */
export const takesBack = (undone: Move[], done: Move[]): boolean => {
  const before = new Map(done.map((move) => [keyOf(move), move]));
  return (
    undone.length === done.length &&
    undone.every((move) => {
      const other = before.get(keyOf(move));
      return other !== undefined && same(move.from, other.to) && same(move.to, other.from);
    })
  );
};

/** A value of a column as it is written; amounts by the name of their column. */
export const moved = (value: unknown, column: string, currency: string): string => {
  if (value === null || value === undefined) return NONE;
  if (typeof value === 'number' && column.endsWith('_minor')) return money(value, currency);
  return typeof value === 'string' ? value : JSON.stringify(value);
};
