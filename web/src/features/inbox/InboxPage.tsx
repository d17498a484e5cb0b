import { useQueryClient } from '@tanstack/react-query';
import { RotateCcw } from 'lucide-react';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { address } from '@/shared/api/get';
import { useList } from '@/shared/api/useList';
import { count, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Badge, type Tone } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty, Facts } from '@/shared/ui/Card';
import { Overlay } from '@/shared/ui/Dialogs';
import { Filter } from '@/shared/ui/Fields';
import { Id } from '@/shared/ui/Id';
import { Page } from '@/shared/ui/Page';
import { RawView } from '@/shared/ui/RawView';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { useToasts } from '@/shared/ui/Toasts';

type Item = Schema['InboxItem'];

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

const TONES: Record<string, Tone> = {
  done: 'ok',
  failed: 'bad',
  quarantined: 'bad',
  received: 'info',
  processing: 'info',
};

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
  const opened = list.rows.find((row) => row.delivery_id === state.open);
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
    </Page>
  );
}

/** One delivery: what it was, why it failed, its exact bytes; and another try. */
function Delivery({ item, onClose }: { item: Item; onClose: () => void }) {
  const client = useQueryClient();
  const tell = useToasts((t) => t.tell);
  const [busy, setBusy] = useState(false);
  const [receipt, setReceipt] = useState<Schema['ReceiptBody'] | null>(null);
  const replay = async () => {
    setBusy(true);
    try {
      const path = { delivery_id: item.delivery_id };
      setReceipt(await unwrap(api.POST('/api/inbox/{delivery_id}/replay', { params: { path } })));
      await client.invalidateQueries({ queryKey: ['inbox'] });
    } catch (error) {
      tell(told(error), true);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Overlay
      open
      onClose={onClose}
      shape="wide"
      title={`${sentence(item.vendor)} ${item.kind ?? ''}`}
      note={item.resource_uri}
      actions={
        item.status !== 'quarantined' && (
          <Button busy={busy} onClick={() => void replay()}>
            <RotateCcw size={16} aria-hidden />
            {t('Replay')}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-5">
        {receipt && (
          <p role="status" className="m-0 rounded-card bg-ok-soft px-4 py-3 text-ok">
            {receipt.error_class
              ? t`Processed again: ${sentence(receipt.status)}, ${sentence(receipt.error_class)}. Nothing was sent twice.`
              : t`Processed again: ${sentence(receipt.status)} ✓. Nothing was sent twice.`}
          </p>
        )}
        <Facts
          items={[
            [
              t('Status'),
              <Badge key="s" tone={TONES[item.status] ?? 'plain'}>
                {sentence(item.status)}
              </Badge>,
            ],
            [t('Received'), <Time key="r" at={item.received_at} />],
            [t('Tries'), count(item.attempts)],
            ...(item.error ? [[t('Error'), item.error] as [string, string]] : []),
            [
              t('Delivery'),
              <span key="d" className="font-mono text-meta">
                {item.delivery_id}
              </span>,
            ],
          ]}
        />
        <RawView sha256={item.raw_sha256} />
      </div>
    </Overlay>
  );
}
