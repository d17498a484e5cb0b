import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { api, unwrap } from '@/shared/api/client';
import { address } from '@/shared/api/get';
import { useList } from '@/shared/api/useList';
import { count, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Filter } from '@/shared/ui/Fields';
import { Id } from '@/shared/ui/Id';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { Delivery, Missing } from './Delivery';
import { TONES, useDelivery, type Item } from './deliveries';

const STATUSES = [
  'all',
  'received',
  'processing',
  'done',
  'duplicate',
  'ignored_kind',
  'failed',
  'quarantined',
  'skipped_erased',
] as const;

const COLUMNS: Column<Item>[] = [
  {
    key: 'at',
    head: t('Received'),
    cell: (r) => <Time at={r.received_at} />,
    value: (r) => r.received_at,
  },
  { key: 'vendor', head: t('From'), cell: (r) => sentence(r.vendor), value: (r) => r.vendor },
  { key: 'kind', head: t('Kind'), cell: (r) => r.kind ?? NONE, value: (r) => r.kind },
  {
    key: 'status',
    head: t('Status'),
    cell: (r) => <Badge tone={TONES[r.status] ?? 'plain'}>{sentence(r.status)}</Badge>,
    value: (r) => r.status,
  },
  {
    key: 'error',
    head: t('Error'),
    cell: (r) => (r.error_class ? sentence(r.error_class) : NONE),
    value: (r) => r.error_class,
  },
  {
    key: 'attempts',
    head: t('Tries'),
    cell: (r) => count(r.attempts),
    value: (r) => r.attempts,
    figure: true,
  },
  {
    key: 'id',
    head: t('Delivery'),
    cell: (r) => <Id id={r.delivery_id} />,
    value: (r) => r.delivery_id,
  },
  {
    key: 'hash',
    head: 'SHA-256',
    cell: (r) => <Id id={r.raw_sha256} />,
    value: (r) => r.raw_sha256,
  },
];

const VENDORS = ['calendly', 'stripe', 'typeform', 'close'];

const addresses = (
  <ul className="m-0 list-none p-0 text-table">
    {VENDORS.map((vendor) => (
      <li key={vendor}>
        <code className="wrap-anywhere">{`${location.origin}/api/webhooks/${vendor}`}</code>
      </li>
    ))}
  </ul>
);

/** What arrived, and what became of it? */
export default function InboxPage() {
  const [state, set] = useQueryStates(
    {
      status: parseAsStringLiteral(STATUSES).withDefault('all'),
      open: parseAsString,
    },
    { history: 'push' },
  );
  const status = state.status === 'all' ? {} : { status: state.status };
  const list = useList<Item>(['inbox', state.status], (cursor) => {
    const query = { ...status, limit: 100, ...(cursor ? { cursor } : {}) };
    return unwrap(api.GET('/api/inbox', { params: { query } }));
  });
  const listed = list.rows.find((row) => row.delivery_id === state.open);
  const elsewhere = useDelivery(list.query.data && !listed ? state.open : null);
  const opened = listed ?? elsewhere.data;
  return (
    <Page
      title={t('Inbox')}
      note={t(
        'Every webhook with what became of it. Nothing that is authentic is ever thrown away.',
      )}
      tools={
        <Filter
          label={t('Status')}
          value={state.status}
          options={STATUSES.map((s) => [s, sentence(s)])}
          onChange={(status) => void set({ status: status as (typeof STATUSES)[number] })}
        />
      }
    >
      <Card>
        <Tile query={list.query} what={t('the inbox')} height="h-96">
          {() => (
            <Table
              name={t('inbox')}
              columns={COLUMNS}
              rows={list.rows}
              rowKey={(r) => r.delivery_id}
              onOpen={(r) => void set({ open: r.delivery_id })}
              more={list.more}
              csvHref={address('/api/inbox', { ...status, format: 'csv' })}
              total={list.total}
              empty={
                state.status === 'all' ? (
                  <Empty action={addresses}>
                    {t('Nothing has arrived yet. The vendors send to these addresses:')}
                  </Empty>
                ) : (
                  <Empty
                    action={
                      <Button onClick={() => void set({ status: null })}>{t('Show all')}</Button>
                    }
                  >
                    {t('No delivery has this status ✓')}
                  </Empty>
                )
              }
            />
          )}
        </Tile>
      </Card>
      {opened && <Delivery item={opened} onClose={() => void set({ open: null })} />}
      {elsewhere.data === null && (
        <Missing
          onClose={() => {
            void set({ open: null });
          }}
        />
      )}
    </Page>
  );
}
