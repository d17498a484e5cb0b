import type { ReactNode } from 'react';
import { words } from '@/shared/format/words';
import { Time } from '@/shared/ui/Time';
import { text, type Row } from './trail';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:[\d.]+Z$/;

/** A value of a row: an instant in the reporting zone, with UTC in its tip; other values may break at their underscores. */
const shown = (value: unknown): ReactNode =>
  typeof value === 'string' && INSTANT.test(value) ? (
    <Time at={value} />
  ) : (
    text(value).replaceAll('_', '_\u200b')
  );

/** Columns of a row with their values. */
export const facts = (row: Row, names: string[]): [string, ReactNode][] =>
  names.filter((name) => name in row).map((name) => [words(name), shown(row[name])]);
