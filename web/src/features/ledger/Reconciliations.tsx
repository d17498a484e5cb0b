import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { count, money, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { many, t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Card, Empty } from '@/shared/ui/Card';
import { Id } from '@/shared/ui/Id';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

type Reconciliation = Schema['Reconciliation'];

/** One object on which the two sides differ; the API's document leaves its type open. */
interface Difference {
  kind: string;
  reference: string;
  currency: string;
  ours_minor: number;
  stripe_minor: number;
  booking_id: string | null;
  stripe_at: string | null;
}

const COLUMNS: Column<Difference>[] = [
  { key: 'kind', head: t('Entry'), cell: (r) => sentence(r.kind), value: (r) => r.kind },
  {
    key: 'ours',
    head: t('In our ledger'),
    cell: (r) => money(r.ours_minor, r.currency),
    value: (r) => r.ours_minor,
    figure: true,
  },
  {
    key: 'theirs',
    head: t('At Stripe'),
    cell: (r) => money(r.stripe_minor, r.currency),
    value: (r) => r.stripe_minor,
    figure: true,
  },
  {
    key: 'booking',
    head: t('Booking'),
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
    key: 'at',
    head: t('Made at Stripe'),
    cell: (r) => <Time at={r.stripe_at} />,
    value: (r) => r.stripe_at,
  },
];

const SHOWN = 10;

/** Whether the ledger equalled Stripe, each time that it was compared. */
export function Reconciliations({ action }: { action: ReactNode }) {
  const runs = useQuery({
    queryKey: ['reconciliations'],
    queryFn: () =>
      unwrap(api.GET('/api/ledger/reconciliations', { params: { query: { limit: SHOWN } } })),
  });
  return (
    <Card
      title={t('Comparisons with Stripe')}
      actions={
        <>
          <a
            className="inline-flex min-h-8 items-center text-table text-brand"
            href="/api/ledger/reconciliations?format=csv"
            download
          >
            {t('All as CSV')}
          </a>
          {action}
        </>
      }
    >
      <Tile query={runs} what={t('the comparisons')} height="h-5">
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              {t('The ledger was not compared yet. It is each night at 03:00 UTC, or now.')}
            </Empty>
          ) : (
            <Runs runs={items} />
          )
        }
      </Tile>
    </Card>
  );
}

/** The newest is open: whether the ledger equals Stripe now. The ones before it unfold. */
function Runs({ runs: [newest, ...before] }: { runs: Reconciliation[] }) {
  return (
    <div className="flex flex-col gap-3">
      {newest && <Run run={newest} />}
      {before.length > 0 && (
        <details>
          <summary className="min-h-6 text-table text-ink-2">
            {t`The ${count(before.length)} before it`}
          </summary>
          <ul className="m-0 mt-2 flex list-none flex-col gap-3 p-0">
            {before.map((run) => (
              <li key={run.at}>
                <Run run={run} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Run({ run }: { run: Reconciliation }) {
  const good = run.differences.length === 0;
  return (
    <div className="flex flex-col gap-2">
      <p className="m-0 flex flex-wrap items-center gap-x-3 gap-y-1">
        <Badge tone={good ? 'ok' : 'bad'}>
          {good
            ? t('No difference, to the cent')
            : many(
                run.differences.length,
                t('1 difference'),
                t`${count(run.differences.length)} differences`,
              )}
        </Badge>
        <span>{t`${count(run.ledger_entries)} entries and ${count(run.stripe_lines)} lines of Stripe compared`}</span>
        <span className="text-table text-ink-3">
          <Time at={run.from} /> {t('to')} <Time at={run.to} />
          {t(', done')} <Time at={run.at} />
          {run.repaired > 0 && ` · ${t`${count(run.repaired)} repaired`}`}
          {run.fees_posted > 0 && ` · ${t`${count(run.fees_posted)} fees booked`}`}
        </span>
      </p>
      {!good && (
        <Table
          name={t('differences')}
          sortName={`differences-${run.at}`}
          columns={COLUMNS}
          rows={run.differences as unknown as Difference[]}
          rowKey={(r) => `${r.kind} ${r.reference} ${r.currency}`}
          empty={null}
        />
      )}
    </div>
  );
}
