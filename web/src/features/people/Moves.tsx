import type { Move } from '@/shared/api/people';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Table, type Column } from '@/shared/ui/Table';
import { columnWord, inOrder, moved, rowWords, tableWord } from './moves';

/** What a decision moves: value by value, from and to. */
export function Moves({ moves }: { moves: Move[] }) {
  const { currency, zone } = useFrame();
  if (moves.length === 0) return <p className="m-0">{t('No value moves.')}</p>;
  const written = (value: unknown, column: string) => moved(value, column, currency, zone);
  const seen = inOrder(moves).filter(
    (move) => written(move.from, move.column) !== written(move.to, move.column),
  );
  const columns: Column<Move>[] = [
    {
      key: 'table',
      head: t('Where'),
      cell: (r) => (
        <span className="block w-60 py-1 whitespace-normal">
          {tableWord(r.table)} <span className="text-meta text-ink-3">{rowWords(r.key, zone)}</span>
        </span>
      ),
      value: (r) => `${r.table} ${r.key}`,
    },
    {
      key: 'column',
      head: t('Value'),
      cell: (r) => <span className="block max-w-36 whitespace-normal">{columnWord(r.column)}</span>,
      value: (r) => r.column,
    },
    {
      key: 'from',
      head: t('From'),
      cell: (r) => <Written text={written(r.from, r.column)} />,
      value: (r) => written(r.from, r.column),
      figure: true,
    },
    {
      key: 'to',
      head: t('To'),
      cell: (r) => <Written text={written(r.to, r.column)} />,
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
        rows={seen}
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

/** A value, which may be a list of addresses. */
const Written = ({ text }: { text: string }) => (
  <span className="inline-block max-w-36 whitespace-normal">{text}</span>
);
