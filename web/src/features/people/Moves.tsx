import type { Move } from '@/shared/api/people';
import { words } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Table, type Column } from '@/shared/ui/Table';
import { moved, rowWords, tableWord } from './moves';

/** What a decision moves: value by value, from and to. */
export function Moves({ moves }: { moves: Move[] }) {
  const { currency, zone } = useFrame();
  if (moves.length === 0) return <p className="m-0">{t('No value moves.')}</p>;
  const written = (value: unknown, column: string) => moved(value, column, currency, zone);
  const columns: Column<Move>[] = [
    { key: 'table', head: t('Where'), cell: (r) => tableWord(r.table), value: (r) => r.table },
    { key: 'key', head: t('Row'), cell: (r) => rowWords(r.key, zone), value: (r) => r.key },
    { key: 'column', head: t('Value'), cell: (r) => words(r.column), value: (r) => r.column },
    {
      key: 'from',
      head: t('From'),
      cell: (r) => written(r.from, r.column),
      value: (r) => written(r.from, r.column),
      figure: true,
    },
    {
      key: 'to',
      head: t('To'),
      cell: (r) => written(r.to, r.column),
      value: (r) => written(r.to, r.column),
      figure: true,
    },
  ];
  return (
    <div className="flex flex-col gap-2">
      <Table
        name={t('what moves')}
        sortName="sort-moves"
        columns={columns}
        rows={moves}
        rowKey={(r) => `${r.table} ${r.key} ${r.column}`}
        empty={null}
      />
      <p className="m-0 text-meta text-ink-3">
        {t(
          'Everything else stays as it is. Of two values Close’s wins over Typeform’s, and Typeform’s over Calendly’s.',
        )}
      </p>
    </div>
  );
}
