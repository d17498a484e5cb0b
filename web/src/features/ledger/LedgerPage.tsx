import { useQueryClient } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { Link } from 'react-router';
import { parseAsDay } from '@/shared/address';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { address } from '@/shared/api/get';
import { told } from '@/shared/api/told';
import { useList } from '@/shared/api/useList';
import { count, money, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame, useIsPast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { shiftDay, startOf, within } from '@/shared/time';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Delivery } from '@/shared/ui/Delivery';
import { DayFilter, Filter } from '@/shared/ui/Fields';
import { Id } from '@/shared/ui/Id';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { useToasts } from '@/shared/ui/Toasts';
import { Reconciliations } from './Reconciliations';

type Entry = Schema['EntryView'];

const KINDS = ['charge', 'refund', 'fee', 'dispute'] as const;

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
  {
    key: 'booking',
    head: t('Booking'),
    // A fee of the account as a whole belongs to no booking.
    cell: (r) =>
      r.booking_id ? (
        <Link className="text-brand" to={`/app/bookings/${r.booking_id}`}>
          <Id id={r.booking_id} />
        </Link>
      ) : (
        NONE
      ),
    value: (r) => r.booking_id,
  },
  {
    key: 'reference',
    head: t('Stripe'),
    cell: (r) => <Id id={r.reference} />,
    value: (r) => r.reference,
  },
  {
    key: 'raw',
    head: t('Told by'),
    cell: (r) => (r.delivery_id ? <Delivery id={r.delivery_id} /> : t('Our request to Stripe')),
    value: (r) => r.delivery_id,
  },
];

/** The ledger and its reconciliations with Stripe. */
export default function LedgerPage() {
  const { zone } = useFrame();
  const [days, set] = useQueryStates(
    { from: parseAsDay, to: parseAsDay, kind: parseAsStringLiteral(KINDS) },
    { history: 'push' },
  );
  const from = days.from ? startOf(days.from, zone) : null;
  const until = days.to ? startOf(shiftDay(days.to, 1), zone) : null;
  // The list's last instant belongs to it; that of a comparison does not.
  const bounds = {
    ...within(days.from, days.to, zone),
    ...(days.kind ? { kind: days.kind } : {}),
  };
  const entries = useList<Entry>(['ledger', bounds], (cursor) => {
    const query = { ...bounds, limit: 100, ...(cursor ? { cursor } : {}) };
    return unwrap(api.GET('/api/ledger', { params: { query } }));
  });
  const clear = (
    <Button onClick={() => void set({ from: null, to: null, kind: null })}>{t('Show all')}</Button>
  );
  return (
    <Page
      title={t('Ledger')}
      note={t('Every movement of money, as it was booked; compared with Stripe’s own statement.')}
      tools={
        <>
          <Filter
            label={t('Entry')}
            value={days.kind ?? ''}
            options={[
              ['', t('All')],
              ...KINDS.map((kind): [string, string] => [kind, sentence(kind)]),
            ]}
            onChange={(kind) => void set({ kind: kind ? (kind as (typeof KINDS)[number]) : null })}
          />
          <DayFilter
            label={t('Since')}
            value={days.from}
            onChange={(day) => void set({ from: day })}
          />
          <DayFilter label={t('Until')} value={days.to} onChange={(day) => void set({ to: day })} />
        </>
      }
    >
      <Reconciliations action={<Reconcile from={from} to={until} />} />
      <Card title={t('Entries')}>
        <Tile query={entries.query} what={t('the entries')} height="h-80">
          {() => (
            <Table
              name={t('ledger')}
              columns={COLUMNS}
              rows={entries.rows}
              rowKey={(r) => r.entry_id}
              more={entries.more}
              csvHref={address('/api/ledger', { ...bounds, format: 'csv' })}
              total={entries.total}
              empty={
                days.from || days.to || days.kind ? (
                  <Empty action={clear}>{t('No entry fits.')}</Empty>
                ) : (
                  <Empty>{t('No money has moved yet.')}</Empty>
                )
              }
            />
          )}
        </Tile>
      </Card>
    </Page>
  );
}

/** Compares now: the chosen days, or without both the last three. */
function Reconcile({ from, to }: { from: string | null; to: string | null }) {
  const client = useQueryClient();
  const tell = useToasts((toasts) => toasts.tell);
  const past = useIsPast();
  const [busy, setBusy] = useState(false);
  const chosen = from !== null && to !== null;
  const reconcile = async () => {
    setBusy(true);
    try {
      const body = chosen ? { from, to } : {};
      const found = await unwrap(api.POST('/api/ledger/reconcile', { body }));
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
  if (past) return null;
  return (
    <Button kind="primary" busy={busy} onClick={() => void reconcile()}>
      {chosen ? t('Reconcile these days') : t('Reconcile now')}
    </Button>
  );
}
