import { Link } from 'react-router';
import { api, unwrap, type Schema } from '@/shared/api/client';
import type { Decision } from '@/shared/api/people';
import { useList } from '@/shared/api/useList';
import { useNames } from '@/shared/api/users';
import { useIsPast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Id } from '@/shared/ui/Id';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { decisionWord } from './kinds';

type Line = Schema['DecisionLine'];

/** Who was merged, kept apart or separated again, by whom and why; what counts can be taken back. */
export function DecisionLog({ onUndo }: { onUndo: (decision: Decision) => void }) {
  const name = useNames();
  const past = useIsPast();
  const list = useList<Line>(['contacts', 'decisions'], (cursor) => {
    const query = { limit: 100, ...(cursor ? { cursor } : {}) };
    return unwrap(api.GET('/api/contacts/decisions', { params: { query } }));
  });
  const undo = past ? null : onUndo;
  return (
    <Card title={t('Log of merges')}>
      <Tile query={list.query} what={t('the log')} height="h-40">
        {() => (
          <Table
            name={t('decisions')}
            columns={columnsOf(name, undo)}
            rows={list.rows}
            rowKey={(r) => r.merge_id}
            more={list.more}
            csvHref="/api/contacts/decisions?format=csv"
            total={list.total}
            empty={<Empty>{t('Nobody has decided anything yet.')}</Empty>}
          />
        )}
      </Tile>
    </Card>
  );
}

const columnsOf = (
  name: (id: string) => string | null,
  onUndo: ((decision: Decision) => void) | null,
): Column<Line>[] => [
  { key: 'at', head: t('When'), cell: (r) => <Time at={r.at} />, value: (r) => r.at },
  { key: 'kind', head: t('Decision'), cell: (r) => decisionWord(r.kind), value: (r) => r.kind },
  {
    key: 'contacts',
    head: t('Contacts'),
    cell: (r) => <Contacts line={r} />,
    value: (r) => r.contacts.map((one) => one.name ?? one.contact_id).join(', '),
  },
  {
    key: 'actor',
    head: t('By'),
    cell: (r) => name(r.actor) ?? <Id id={r.actor} />,
    value: (r) => name(r.actor) ?? r.actor,
  },
  { key: 'reason', head: t('Reason'), cell: (r) => r.reason ?? '', value: (r) => r.reason },
  {
    key: 'state',
    head: t('State'),
    cell: (r) => <State line={r} onUndo={onUndo} />,
    value: (r) => (r.counts ? 'counts' : 'taken back'),
  },
];

/** Links to the contacts, each once: after a merge both are one. */
function Contacts({ line }: { line: Line }) {
  const ids = [...new Set(line.contacts.map((one) => one.contact_id))];
  return (
    <span className="flex flex-wrap gap-x-3">
      {ids.map((id) => (
        <Link
          key={id}
          className="inline-flex min-h-6 items-center text-brand"
          to={`/app/contacts/${id}`}
        >
          {line.contacts.find((one) => one.contact_id === id)?.name ?? <Id id={id} />}
        </Link>
      ))}
    </span>
  );
}

function State({ line, onUndo }: { line: Line; onUndo: ((decision: Decision) => void) | null }) {
  if (!line.counts) return <Badge>{t('Taken back')}</Badge>;
  if (line.kind === 'unmerge' || !onUndo) return <Badge tone="ok">{t('Counts')}</Badge>;
  return (
    <Button
      onClick={() => {
        onUndo({ kind: 'unmerge', merge_id: line.merge_id });
      }}
    >
      {t('Undo…')}
    </Button>
  );
}
