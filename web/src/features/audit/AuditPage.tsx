import { api, unwrap, type Schema } from '@/shared/api/client';
import { useList } from '@/shared/api/useList';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Card, Empty } from '@/shared/ui/Card';
import { Id } from '@/shared/ui/Id';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

type Row = Schema['AuditRow'];

const COLUMNS: Column<Row>[] = [
  { key: 'at', head: t('When'), cell: (r) => <Time at={r.at} />, value: (r) => r.at },
  { key: 'action', head: t('Action'), cell: (r) => sentence(r.action), value: (r) => r.action },
  { key: 'actor', head: t('By'), cell: (r) => <Id id={r.actor} />, value: (r) => r.actor },
  { key: 'subject', head: t('On'), cell: (r) => <Id id={r.subject} />, value: (r) => r.subject },
];

/** Who did what? */
export default function AuditPage() {
  const list = useList<Row>(['audit'], (cursor) =>
    unwrap(
      api.GET('/api/audit', { params: { query: { limit: 100, ...(cursor ? { cursor } : {}) } } }),
    ),
  );
  return (
    <Page
      title={t('Audit')}
      note={t('What people changed, and which bodies they read. Nobody can edit it.')}
    >
      <Card>
        <Tile query={list.query} what={t('the audit')} height="h-96">
          {() => (
            <Table
              name={t('audit')}
              columns={COLUMNS}
              rows={list.rows}
              rowKey={(r) => `${r.at} ${r.action} ${r.subject}`}
              more={list.more}
              csvHref="/api/audit?format=csv"
              total={list.total}
              empty={<Empty>{t('Nobody has changed anything yet.')}</Empty>}
            />
          )}
        </Tile>
      </Card>
    </Page>
  );
}
