import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { ops as opsQuery } from '@/shared/api/ops';
import { count, NONE, percent } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { duration } from '@/shared/format/duration';
import { Badge } from '@/shared/ui/Badge';
import { Card, Empty, Facts } from '@/shared/ui/Card';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

interface TableState {
  table: string;
  version: number | null;
  rows: number;
  as_of: string | null;
}
interface Told {
  at: string;
  subject: string | null;
  message: unknown;
}

const TABLES: Column<TableState>[] = [
  { key: 'table', head: t('Table'), cell: (r) => r.table, value: (r) => r.table },
  { key: 'rows', head: t('Rows'), cell: (r) => count(r.rows), value: (r) => r.rows, figure: true },
  {
    key: 'version',
    head: t('Version'),
    cell: (r) => (r.version === null ? NONE : count(r.version)),
    value: (r) => r.version,
    figure: true,
  },
  {
    key: 'as_of',
    head: t('Last changed as of'),
    cell: (r) => <Time at={r.as_of} />,
    value: (r) => r.as_of,
  },
];

/** Is it running? */
export default function OpsPage() {
  const query = useQuery({
    ...opsQuery,
    refetchInterval: 30_000,
  });
  const figures = useQuery({
    queryKey: ['booking-figures'],
    queryFn: () => unwrap(api.GET('/api/bookings/metrics', { params: { query: {} } })),
  });
  return (
    <Page title={t('Ops')} note={t('Alarms first, then how fresh and how busy everything is.')}>
      <Tile query={query} what={t('the state of the system')} height="h-96">
        {(ops) => (
          <div className="flex flex-col gap-4">
            <Card title={t('Alarms')}>
              <Alarms alarms={ops.alarms} />
            </Card>
            <div className="grid items-start gap-4 lg:grid-cols-2">
              <Card title={t('Counted so far')}>
                <Counters counters={ops.counters} />
              </Card>
              <div className="flex flex-col gap-4">
                <Card title={t('How fast')}>
                  <Tile query={figures} what={t('the latencies')}>
                    {({ technical }) => (
                      <Facts
                        items={[
                          [
                            t('Webhooks, half within'),
                            ms(technical.webhook_processing_latency.p50_ms),
                          ],
                          [
                            t('Webhooks, 99 of 100 within'),
                            ms(technical.webhook_processing_latency.p99_ms),
                          ],
                          [t('Requests, half within'), ms(technical.api_latency.p50_ms)],
                          [t('Requests, 99 of 100 within'), ms(technical.api_latency.p99_ms)],
                          ...Object.entries(technical.error_rate_by_category.categories).map(
                            ([name, rate]): [string, string] => [
                              sentence(name),
                              t`${percent(rate.value)} of ${count(rate.denominator)}`,
                            ],
                          ),
                        ]}
                      />
                    )}
                  </Tile>
                </Card>
                <Card title={t('Waiting for the next run')}>
                  <p className="m-0">
                    {t`${count(ops.pending_objects)} objects`} ·{' '}
                    {ops.lag_seconds === null || ops.lag_seconds === undefined
                      ? t('numbers not computed yet')
                      : t`numbers ${duration(ops.lag_seconds)} behind`}
                  </p>
                </Card>
              </div>
            </div>
            <Card title={t('Tables')}>
              <Table
                name={t('tables')}
                columns={TABLES}
                rows={ops.tables as unknown as TableState[]}
                rowKey={(r) => r.table}
                empty={<Empty>{t('No table yet. The first run makes them.')}</Empty>}
              />
            </Card>
            <Card title={t('What the operators were told')}>
              <ToldList told={ops.notifications as unknown as Told[]} />
            </Card>
          </div>
        )}
      </Tile>
    </Page>
  );
}

/** Counters that say how the business runs; the others measure the machine. */
const MAIN = [
  'webhook_received',
  'webhook_duplicate',
  'webhook_ignored',
  'webhook_failed',
  'webhook_rejected',
  'dead_letters',
  'replayed',
  'bookings',
  'effects_sms',
  'effects_stripe',
  'effects_calendly',
];

function Counters({ counters }: { counters: Record<string, number> }) {
  const facts = (names: string[]) =>
    names
      .filter((name) => name in counters)
      .map((name): [string, string] => [sentence(name), count(counters[name])]);
  const others = Object.keys(counters).filter((name) => !MAIN.includes(name));
  return (
    <div className="flex flex-col gap-3">
      <Facts items={facts(MAIN)} />
      <details>
        <summary className="min-h-6 text-ink-2">{t('All counters')}</summary>
        <div className="mt-3">
          <Facts items={facts(others)} />
        </div>
      </details>
    </div>
  );
}

const ms = (value: number | null | undefined): string =>
  value === null || value === undefined ? NONE : t`${count(value)} ms`;

const isBooking = (subject: string): boolean => /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(subject);

export function Alarms({ alarms }: { alarms: Schema['Alarm'][] }) {
  if (alarms.length === 0) return <Empty>{t('No alarms ✓')}</Empty>;
  return (
    <ul className="m-0 flex list-none flex-col gap-3 p-0">
      {alarms.map((alarm) => (
        <li key={`${alarm.code} ${alarm.subject}`} className="flex flex-col gap-1">
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Badge tone="bad">{sentence(alarm.code)}</Badge>
            {isBooking(alarm.subject) ? (
              <Link
                className="inline-flex min-h-6 items-center text-brand"
                to={`/app/bookings/${alarm.subject}`}
              >
                {t('Open the booking')}
              </Link>
            ) : (
              <span className="wrap-anywhere">{alarm.subject}</span>
            )}
            <span className="text-table text-ink-3">
              {t('since')} <Time at={alarm.raised_at} />
            </span>
          </span>
          <span className="text-ink-2">{alarm.detail}</span>
        </li>
      ))}
    </ul>
  );
}

function ToldList({ told }: { told: Told[] }) {
  if (told.length === 0) return <Empty>{t('Nothing so far.')}</Empty>;
  return (
    <ul className="m-0 flex list-none flex-col gap-2 p-0 text-table">
      {told.map((one, at) => (
        <li key={at} className="flex flex-wrap justify-between gap-x-4">
          <span className="wrap-anywhere">{one.subject ?? 'A message'}</span>
          <span className="text-ink-3">
            <Time at={one.at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
