import type { Move } from '@/shared/api/people';
import { words } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Table, type Column } from '@/shared/ui/Table';
import { moved } from './moves';

/** What a decision moves: value by value, from and to. */
export function Moves({ moves }: { moves: Move[] }) {
  const { currency } = useFrame();
  if (moves.length === 0) return <p className="m-0">{t('No value moves.')}</p>;
  const columns: Column<Move>[] = [
    { key: 'table', head: t('Where'), cell: (r) => words(r.table), value: (r) => r.table },
    { key: 'key', head: t('Row'), cell: (r) => r.key.replaceAll(',', ' · '), value: (r) => r.key },
    { key: 'column', head: t('Value'), cell: (r) => words(r.column), value: (r) => r.column },
    {
      key: 'from',
      head: t('From'),
      cell: (r) => moved(r.from, r.column, currency),
      value: (r) => moved(r.from, r.column, currency),
      figure: true,
    },
    {
      key: 'to',
      head: t('To'),
      cell: (r) => moved(r.to, r.column, currency),
      value: (r) => moved(r.to, r.column, currency),
      figure: true,
    },
  ];
  return (
    <Table
      name={t('what moves')}
      sortName="sort-moves"
      columns={columns}
      rows={moves}
      rowKey={(r) => `${r.table} ${r.key} ${r.column}`}
      empty={null}
    />
  );
}
