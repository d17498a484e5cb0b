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

it('names no currency where some values are no amounts, and the unit and columns that only a file has', () => {
  const columns: Column<Row>[] = [
    { key: 'name', head: 'Name', cell: () => null, value: (r) => r.name },
    {
      key: 'value',
      head: 'Value',
      cell: () => null,
      value: (r) => r.paid,
      currency: (r) => (r.unit === '%' ? null : r.unit),
    },
    { key: 'unit', head: 'Unit', cell: () => null, value: (r) => r.unit, fileOnly: true },
    { key: 'wait', head: 'Wait', cell: () => null, value: () => 5, unit: 'minutes' },
  ];
  const rows = [row('Cash', null, 5_085_000), row('Rate', null, 86.18, '%')];
  expect(tableFile(columns, rows, 'UTC', [])).toBe(
    'Name (UTC),Value,Unit,Wait (minutes)\r\nCash,50850,USD,5\r\nRate,86.18,%,5\r\n',
  );
});
