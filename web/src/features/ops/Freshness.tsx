import { duration } from '@/shared/format/duration';
import { count, NONE } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { secondsUntil } from '@/shared/time';
import { Empty } from '@/shared/ui/Card';
import { Table, type Column } from '@/shared/ui/Table';
import { Time } from '@/shared/ui/Time';

interface TableState {
  table: string;
  version: number | null;
  rows: number;
  as_of: string | null;
}

const COLUMNS: Column<TableState>[] = [
  { key: 'table', head: t('Table'), cell: (r) => <code>{r.table}</code>, value: (r) => r.table },
  {
    key: 'age',
    head: t('Last changed'),
    cell: (r) => <Age at={r.as_of} />,
    value: (r) => r.as_of,
  },
  { key: 'rows', head: t('Rows'), cell: (r) => count(r.rows), value: (r) => r.rows, figure: true },
  {
    key: 'version',
    head: t('Version'),
    cell: (r) => (r.version === null ? NONE : count(r.version)),
    value: (r) => r.version,
    figure: true,
  },
  { key: 'as_of', head: t('As of'), cell: (r) => <Time at={r.as_of} />, value: (r) => r.as_of },
];

/** How long ago: a table that no fact touched is old and right. */
function Age({ at }: { at: string | null }) {
  if (!at) return <>{NONE}</>;
  return <>{t`${duration(-secondsUntil(at))} ago`}</>;
}

/** Each table with the age of its newest change. */
export function Freshness({ tables }: { tables: unknown[] }) {
  return (
    <Table
      name={t('tables')}
      columns={COLUMNS}
      rows={tables as TableState[]}
      rowKey={(r) => r.table}
      empty={<Empty>{t('No table yet. The first run makes them.')}</Empty>}
    />
  );
}
