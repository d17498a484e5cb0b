import { useQueryClient } from '@tanstack/react-query';
import { contact, type Contact, type Move } from '@/shared/api/people';
import { count } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { many, t } from '@/shared/i18n/t';
import { Table, type Column } from '@/shared/ui/Table';
import { aboutOf, moved, rowWords, tableWord, type About, type Names } from './moves';
import { columnWord } from './moveWords';
import { useTeamName } from './team';

const PARTS: About[] = ['figures', 'records', 'shares'];

/** So many values are of a part. */
const partWord = (part: About, n: number): string => {
  if (part === 'figures') return many(n, t('1 key figure'), t`${count(n)} key figures`);
  return part === 'records'
    ? many(n, t('1 value of the two records'), t`${count(n)} values of the two records`)
    : many(n, t('1 share of channels'), t`${count(n)} shares of channels`);
};

/** What a decision moves, value by value, from and to: what matters most is open, the others unfold. */
export function Moves({ moves }: { moves: Move[] }) {
  const { currency, zone } = useFrame();
  const names = useNames();
  if (moves.length === 0) return <p className="m-0">{t('No value moves.')}</p>;
  const written = (value: unknown, column: string) => moved(value, column, currency, zone, names);
  const seen = moves.filter(
    (move) => written(move.from, move.column) !== written(move.to, move.column),
  );
  const parts = PARTS.map((part) => ({
    part,
    rows: seen.filter((move) => aboutOf(move) === part),
  })).filter(({ rows }) => rows.length > 0);
  const columns = columnsOf(written, (key) => rowWords(key, zone, names));
  const table = (rows: Move[], name: string, sortName: string) => (
    <Table
      name={name}
      sortName={sortName}
      columns={columns}
      rows={rows}
      rowKey={(r) => `${r.table} ${r.key} ${r.column}`}
      empty={null}
    />
  );
  const [first, ...others] = parts;
  return (
    <div className="flex flex-col gap-4">
      {first && (
        <section className="flex flex-col gap-1">
          <h3 className="m-0 text-body font-semibold">{partWord(first.part, first.rows.length)}</h3>
          {table(first.rows, t('what moves'), 'sort-moves')}
        </section>
      )}
      {others.map(({ part, rows }) => (
        <details key={part}>
          <summary className="min-h-6 font-medium">{partWord(part, rows.length)}</summary>
          <div className="mt-2">
            {table(rows, partWord(part, rows.length), `sort-moves-${part}`)}
          </div>
        </details>
      ))}
      <p className="m-0 text-meta text-ink-3">
        {t(
          'Everything else stays as it is. Of two values Close’s wins over Typeform’s, and Typeform’s over Calendly’s.',
        )}
      </p>
    </div>
  );
}

/** The team's people by their addresses, contacts by their ids where a page has read them. */
function useNames(): Names {
  const client = useQueryClient();
  const team = useTeamName();
  return (value) => {
    if (value.includes('@')) {
      const name = team(value);
      return name === value ? null : name;
    }
    const { queryKey } = contact(value, { as_of: null, known_at: null });
    return client.getQueryData<Contact>(queryKey)?.name ?? null;
  };
}

const columnsOf = (
  written: (value: unknown, column: string) => string,
  row: (key: string) => string,
): Column<Move>[] => [
  {
    key: 'table',
    head: t('Where'),
    cell: (r) => (
      <span className="block py-1 whitespace-normal sm:w-56">
        {aboutOf(r) === 'records' && `${tableWord(r.table)} `}
        <span className="text-ink-2">{row(r.key)}</span>
      </span>
    ),
    value: (r) => `${r.table} ${r.key}`,
  },
  {
    key: 'column',
    head: t('Value'),
    cell: (r) => <span className="block max-w-40 whitespace-normal">{columnWord(r.column)}</span>,
    value: (r) => r.column,
  },
  {
    key: 'from',
    head: t('From'),
    cell: (r) => <Written value={r.from} text={written(r.from, r.column)} />,
    value: (r) => written(r.from, r.column),
    figure: true,
  },
  {
    key: 'to',
    head: t('To'),
    cell: (r) => <Written value={r.to} text={written(r.to, r.column)} />,
    value: (r) => written(r.to, r.column),
    figure: true,
  },
];

/** A value, which may be a list of addresses: figures stay on their line. */
const Written = ({ value, text }: { value: unknown; text: string }) => (
  <span
    className={
      typeof value === 'number'
        ? 'whitespace-nowrap'
        : 'inline-block max-w-40 whitespace-normal wrap-anywhere'
    }
  >
    {text}
  </span>
);
