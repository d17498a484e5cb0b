import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { useList } from '@/shared/api/useList';
import { count, money } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Id } from '@/shared/ui/Id';
import { JsonView } from '@/shared/ui/JsonView';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { useToasts } from '@/shared/ui/Toasts';

type Entry = Schema['EntryView'];
type Reconciliation = Schema['Reconciliation'];

const COLUMNS: Column<Entry>[] = [
  {
    key: 'at',
    head: t('When'),
    cell: (r) => <Time at={r.occurred_at} />,
    value: (r) => r.occurred_at,
  },
  { key: 'kind', head: t('Entry'), cell: (r) => sentence(r.kind), value: (r) => r.kind },
  {
    key: 'amount',
    head: t('Amount'),
    cell: (r) => money(r.amount_minor, r.currency),
    value: (r) => r.amount_minor,
    figure: true,
  },
  { key: 'currency', head: t('Currency'), cell: (r) => r.currency, value: (r) => r.currency },
  {
    key: 'booking',
    head: t('Booking'),
    cell: (r) => (
      <Link className="text-brand" to={`/app/bookings/${r.booking_id}`}>
        <Id id={r.booking_id} />
      </Link>
    ),
    value: (r) => r.booking_id,
  },
  {
    key: 'reference',
    head: t('Stripe'),
    cell: (r) => <Id id={r.reference} />,
    value: (r) => r.reference,
  },
];

/** Does the ledger equal Stripe? */
export default function LedgerPage() {
  const client = useQueryClient();
  const tell = useToasts((t) => t.tell);
  const [busy, setBusy] = useState(false);
  const entries = useList<Entry>(['ledger'], (cursor) =>
    unwrap(
      api.GET('/api/ledger', { params: { query: { limit: 100, ...(cursor ? { cursor } : {}) } } }),
    ),
  );
  const runs = useQuery({
    queryKey: ['reconciliations'],
    queryFn: () =>
      unwrap(api.GET('/api/ledger/reconciliations', { params: { query: { limit: 10 } } })),
  });
  const reconcile = async () => {
    setBusy(true);
    try {
      const found = await unwrap(api.POST('/api/ledger/reconcile', { body: {} }));
      tell(
        t`${count(found.ledger_entries)} entries compared, ${count(found.differences.length)} differences.`,
        found.differences.length > 0,
      );
      await client.invalidateQueries({ queryKey: ['reconciliations'] });
      await client.invalidateQueries({ queryKey: ['ledger'] });
    } catch (error) {
      tell(told(error), true);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Page
      title={t('Ledger')}
      note={t('Every movement of money, as it was booked; compared with Stripe’s own statement.')}
      tools={
        <Button kind="primary" busy={busy} onClick={() => void reconcile()}>
          {t('Reconcile now')}
        </Button>
      }
    >
      <Card title={t('Comparisons with Stripe')}>
        <Tile query={runs} what={t('the comparisons')}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty>
                {t('The ledger was not compared yet. It is each night at 03:00 UTC, or now.')}
              </Empty>
            ) : (
              <ul className="m-0 flex list-none flex-col gap-3 p-0">
                {items.map((run) => (
                  <li key={run.at}>
                    <Run run={run} />
                  </li>
                ))}
              </ul>
            )
          }
        </Tile>
      </Card>
      <Card title={t('Entries')}>
        <Tile query={entries.query} what={t('the entries')} height="h-80">
          {() => (
            <Table
              name={t('ledger')}
              columns={COLUMNS}
              rows={entries.rows}
              rowKey={(r) => r.entry_id}
              more={entries.more}
              csvHref="/api/ledger?format=csv"
              total={entries.total}
              empty={<Empty>{t('No money has moved yet.')}</Empty>}
            />
          )}
        </Tile>
      </Card>
    </Page>
  );
}

function Run({ run }: { run: Reconciliation }) {
  const good = run.differences.length === 0;
  return (
    <div className="flex flex-col gap-2">
      <p className="m-0 flex flex-wrap items-center gap-x-3 gap-y-1">
        <Badge tone={good ? 'ok' : 'bad'}>
          {good ? t('No difference, to the cent') : t`${count(run.differences.length)} differences`}
        </Badge>
        <span>{t`${count(run.ledger_entries)} entries and ${count(run.stripe_lines)} lines of Stripe compared`}</span>
        <span className="text-table text-ink-3">
          <Time at={run.from} /> {t('to')} <Time at={run.to} />
          {t(', done')} <Time at={run.at} />
          {run.repaired > 0 && ` · ${t`${count(run.repaired)} repaired`}`}
        </span>
      </p>
      {!good && <JsonView text={JSON.stringify(run.differences)} />}
    </div>
  );
}
