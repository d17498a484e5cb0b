import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { duration } from '@/shared/format/duration';
import { count, percent } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { many, t } from '@/shared/i18n/t';
import { month as monthWord, secondsBetween } from '@/shared/time';
import { Badge } from '@/shared/ui/Badge';
import { CardHead, Empty, Facts } from '@/shared/ui/Card';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

type Run = Schema['SyncReport'];
type Missed = Schema['MissedDelivery'];
type MonthCount = Schema['MonthCount'];

/** So many missed deliveries a run names. */
const NAMED = 10_000;

const MISSED: Column<Missed>[] = [
  { key: 'kind', head: t('Webhook'), cell: (r) => r.kind, value: (r) => r.kind },
  {
    key: 'at',
    head: t('Happened'),
    cell: (r) => <Time at={r.updated_at} />,
    value: (r) => r.updated_at,
  },
  {
    key: 'uri',
    head: t('Of'),
    cell: (r) => <span className="font-mono text-meta wrap-anywhere">{r.uri}</span>,
    value: (r) => r.uri,
  },
];

const COUNTS: Column<MonthCount>[] = [
  { key: 'month', head: t('Created in'), cell: (r) => monthWord(r.month), value: (r) => r.month },
  { key: 'kind', head: t('Kind'), cell: (r) => r.kind, value: (r) => r.kind },
  {
    key: 'listed',
    head: t('In Close'),
    cell: (r) => count(r.listed),
    value: (r) => r.listed,
    figure: true,
  },
  {
    key: 'missing',
    head: t('Missing here before'),
    cell: (r) => count(r.missing),
    value: (r) => r.missing,
    figure: true,
  },
  {
    key: 'unlisted',
    head: t('Not in Close any more'),
    cell: (r) => count(r.unlisted ?? 0),
    value: (r) => r.unlisted ?? 0,
    figure: true,
  },
];

/** What the vendors' lists have that no webhook told: the newest runs, each with its gap report. */
export function Syncs({ runs }: { runs: Run[] }) {
  if (runs.length === 0)
    return (
      <Empty>
        {t(
          'No sync has run yet. Calendly is read every four hours, the others each night; “bookpath sync” reads one now.',
        )}
      </Empty>
    );
  return (
    <ul className="m-0 flex list-none flex-col gap-2 p-0">
      {runs.map((run) => (
        <li key={run.run_id}>
          <One run={run} />
        </li>
      ))}
    </ul>
  );
}

function One({ run }: { run: Run }) {
  const [open, setOpen] = useState(false);
  const sorts = Object.entries(run.missed).filter(([, n]) => n > 0);
  const took = secondsBetween(run.started_at, run.ended_at);
  return (
    <details
      className="group rounded-card border border-line px-3 py-1"
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary className="flex min-h-9 items-center gap-2 py-1">
        <ChevronRight size={14} aria-hidden className="shrink-0 text-ink-3 group-open:rotate-90" />
        <span className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
          <span className="font-medium">{sentence(run.vendor)}</span>
          <Gap sorts={sorts} run={run} />
          {!run.complete && <Badge tone="warn">{t('Stopped, the next run goes on')}</Badge>}
          <span className="text-table text-ink-3">
            <Time at={run.started_at} />
            {took >= 1 && ` · ${t`took ${duration(took)}`}`}
          </span>
        </span>
      </summary>
      {/* Each of its tables keeps its own tools: at the head of the card nobody knows whose they are. */}
      <CardHead value={null}>
        <div className="flex flex-col gap-3 py-3">
          <Facts items={factsOf(run, sorts)} />
          {open && sorts.length > 0 && <Names run={run} />}
          {run.counts !== undefined && run.counts.length > 0 && (
            <Table
              name={t('counts by month')}
              sortName={`counts-${run.run_id}`}
              columns={COUNTS}
              rows={run.counts}
              rowKey={(r) => `${r.month} ${r.kind}`}
              empty={null}
            />
          )}
        </div>
      </CardHead>
    </details>
  );
}

/** The deliveries that never came. The list of runs has the first of them, the run itself has all. */
function Names({ run }: { run: Run }) {
  const query = useQuery({
    // A run that goes on finds more.
    queryKey: ['ops', 'sync', run.run_id, run.ended_at],
    queryFn: () =>
      unwrap(api.GET('/api/ops/syncs/{run_id}', { params: { path: { run_id: run.run_id } } })),
  });
  return (
    <Tile query={query} what={t('the missed deliveries')} height="h-40">
      {({ missed_deliveries: names }) => (
        <>
          {names.length >= NAMED && (
            <p className="m-0 text-table text-ink-3">
              {t`A sync names the first ${count(names.length)} deliveries. All are counted above.`}
            </p>
          )}
          <Table
            name={t`missed deliveries of ${run.vendor}`}
            sortName={`missed-${run.run_id}`}
            columns={MISSED}
            rows={names}
            rowKey={(r) => `${r.kind} ${r.uri}`}
            empty={null}
          />
        </>
      )}
    </Tile>
  );
}

/** How many webhooks never came, by sort; the sorts are not added up. */
function Gap({ sorts, run }: { sorts: [string, number][]; run: Run }) {
  // Where all that the vendor has was new, nothing was missed: it is how an account begins here.
  if (sorts.length === 1 && run.missed.created === run.events_processed)
    return <Badge tone="info">{t`First import: ${count(run.events_processed)} things`}</Badge>;
  if (sorts.length === 0) return <Badge tone="ok">{t('No webhook was missed')}</Badge>;
  return (
    <Badge tone="warn">
      {t`Missed: ${sorts.map(([sort, n]) => `${sentence(sort)} ${count(n)}`).join(', ')}`}
    </Badge>
  );
}

function factsOf(run: Run, sorts: [string, number][]): [string, string][] {
  const rates: [string, number | null | undefined][] = [
    [t('Show rate, mean of customers'), run.avg_show_rate],
    [t('Show rate, all calls'), run.pooled_show_rate],
  ];
  return [
    [t('Read'), many(run.events_processed, t('1 thing'), t`${count(run.events_processed)} things`)],
    [t('Invitees'), count(run.invitees_processed)],
    [t('Customers updated'), count(run.customers_updated)],
    [t('No-shows'), count(run.no_shows_detected)],
    [t('Calls ahead'), count(run.upcoming_calls)],
    [t('Different afterwards'), count(run.changed)],
    [t('Unusable'), count(run.invalid)],
    ...sorts.map(([sort, n]): [string, string] => [t`Missed, ${sentence(sort)}`, count(n)]),
    ...rates
      .filter(([, rate]) => rate !== null && rate !== undefined)
      .map(([name, rate]): [string, string] => [name, percent(rate)]),
    [t('Calls to the vendor'), t`${count(run.calls)}, ${count(run.retries)} of them repeated`],
    [t('Waited for the vendor’s limit'), t`${count(run.waited_ms)} ms`],
    [t('Began'), run.resumed ? t('where the run before had stopped') : t('from the start')],
  ];
}
