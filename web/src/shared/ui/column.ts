import type { ReactNode } from 'react';

/** A column of a table, on the page and in its file. */
export interface Column<R> {
  key: string;
  head: string;
  cell: (row: R) => ReactNode;
  /** What the file has, and by what rows are sorted. */
  value?: (row: R) => unknown;
  /** The value is money in minor units of this currency. */
  currency?: (row: R) => string | null | undefined;
  /** What the values are measured in, which the file's header names. */
  unit?: string;
  /** It stands in the file alone: on the page the cells say as much. */
  fileOnly?: boolean;
  /** Figures stand at the end of their column. */
  figure?: boolean;
}
