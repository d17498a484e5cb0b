import { expect, it } from 'vitest';
import { tableFile } from './tableFile';
import type { Column } from './Table';

interface Row {
  name: string;
  at: string | null;
  paid: number | null;
  unit: string;
}

const COLUMNS: Column<Row>[] = [
  { key: 'name', head: 'Name', cell: () => null, value: (r) => r.name },
  { key: 'at', head: 'Call', cell: () => null, value: (r) => r.at },
  { key: 'paid', head: 'Paid', cell: () => null, value: (r) => r.paid, currency: (r) => r.unit },
  { key: 'more', head: 'More', cell: () => null },
];
const row = (name: string, at: string | null, paid: number | null, unit = 'USD'): Row => ({
  name,
  at,
  paid,
  unit,
});

it('writes times in the reporting zone and money in its currency', () => {
  const rows = [row('Ann', '2026-03-01T17:05:00Z', 15050), row('=Bob', null, null)];
  expect(tableFile(COLUMNS, rows, 'America/New_York', [])).toBe(
    "Name,Call (America/New_York),Paid (USD)\r\nAnn,2026-03-01 12:05,150.5\r\n'=Bob,,\r\n",
  );
});

it('names the zone, the instant of the rows, and no currency where there are several', () => {
  const rows = [row('Ann', null, 100, 'USD'), row('Bob', null, 100, 'JPY')];
  const [head, ann, bob] = tableFile(COLUMNS, rows, 'UTC', ['judged at X']).split('\r\n');
  expect(head).toBe('"Name (UTC, judged at X)",Call,Paid');
  expect([ann, bob]).toEqual(['Ann,,1', 'Bob,,100']);
});
