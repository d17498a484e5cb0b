import { useQuery } from '@tanstack/react-query';
import { parseAsInteger, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useId } from 'react';
import { STOPS, whatIf, type Wait, type WhatIf } from '@/shared/api/whatIf';
import { count, dollars } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { instantsOf, shiftDay, today } from '@/shared/time';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Filter } from '@/shared/ui/Fields';
import { Figure } from '@/shared/ui/Figure';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { useToasts } from '@/shared/ui/Toasts';
import { TABS } from './ConversationsPage';
import { waited, WaitLine } from './WaitLine';

const SPANS = ['30', '90', '365'] as const;

const COLUMNS: Column<Wait>[] = [
  {
    key: 'wait',
    head: t('Wait'),
    cell: (r) => waited(r.wait_seconds),
    value: (r) => r.wait_seconds,
  },
  {
    key: 'replied',
    head: t('Replied before'),
    cell: (r) => count(r.replied_before),
    value: (r) => r.replied_before,
    figure: true,
  },
  {
    key: 'stopped',
    head: t('Stopped'),
    cell: (r) => count(r.stopped),
    value: (r) => r.stopped,
    figure: true,
  },
  {
    key: 'sent',
    head: t('Sent'),
    cell: (r) => count(r.follow_ups),
    value: (r) => r.follow_ups,
    figure: true,
  },
  {
    key: 'parts',
    head: t('Parts'),
    cell: (r) => count(r.parts),
    value: (r) => r.parts,
    figure: true,
  },
  {
    key: 'cost',
    head: t('Cost'),
    cell: (r) => dollars(r.cost),
    value: (r) => r.cost,
    figure: true,
  },
  {
    key: 'saved',
    head: t('Saved'),
    cell: (r) => dollars(r.cost_saved),
    value: (r) => r.cost_saved,
    figure: true,
  },
];

/** What would another wait before the follow-up have changed? */
export default function WhatIfPage() {
  const { zone } = useFrame();
  const [state, set] = useQueryStates({
    days: parseAsStringLiteral(SPANS).withDefault('90'),
    wait: parseAsInteger,
  });
  const to = today(zone);
  const { from, to: until } = instantsOf(shiftDay(to, 1 - Number(state.days)), to, zone);
  const query = useQuery({
    queryKey: ['what-if', from, until],
    queryFn: () => whatIf(from, until),
    placeholderData: (before) => before,
  });
  return (
    <Page
      title={t('Conversations')}
      tabs={TABS}
      tools={
        <Filter
          label={t('Days')}
          value={state.days}
          options={SPANS.map((days) => [days, t`Last ${days} days`])}
          onChange={(days) => void set({ days: days as (typeof SPANS)[number] })}
        />
      }
    >
      <Tile query={query} what={t('the replay')} height="h-96">
        {(found) =>
          found.confirmations === 0 ? (
            <Card>
              <Empty>{t('No confirmation was sent in these days, so no follow-up was due.')}</Empty>
            </Card>
          ) : (
            <Tried
              found={found}
              minutes={state.wait}
              onChoose={(wait) => void set({ wait }, { history: 'replace' })}
            />
          )
        }
      </Tile>
    </Page>
  );
}

/** The place of the longest stop that is no longer than some minutes; the first one for less. */
const placeOf = (minutes: number): number =>
  Math.max(
    0,
    STOPS.findLastIndex((stop) => stop <= minutes),
  );

function Tried({
  found,
  minutes,
  onChoose,
}: {
  found: WhatIf;
  minutes: number | null;
  onChoose: (minutes: number) => void;
}) {
  const configured = found.waits.findIndex(
    (one) => one.wait_seconds === found.configured_wait_seconds,
  );
  const at = minutes === null ? Math.max(0, configured) : placeOf(minutes);
  const wait = found.waits[at];
  if (!wait) return null;
  return (
    <div className="flex flex-col gap-4">
      <Card
        title={t('What if the follow-up waited longer?')}
        note={t`The follow-ups to ${count(found.confirmations)} confirmations, played again with other waits. It can’t tell who answered because of the text.`}
      >
        <div className="flex flex-col gap-4">
          <Slider
            at={at}
            wait={wait}
            configured={found.configured_wait_seconds}
            onChoose={onChoose}
          />
          <WaitLine waits={found.waits} at={at} configured={configured} />
        </div>
      </Card>
      <div className="grid grid-cols-2 gap-4 md:grid-cols-3 xl:grid-cols-5">
        <Figure name={t('Replied before')} value={count(wait.replied_before)} />
        <Figure
          name={t('Stopped')}
          value={count(wait.stopped)}
          note={t('opted out, cancelled, moved, or too late')}
        />
        <Figure
          name={t('Sent')}
          value={count(wait.follow_ups)}
          note={t`${count(wait.parts)} parts`}
        />
        <Figure name={t('Cost')} value={dollars(wait.cost)} />
        <Figure
          name={t('Saved')}
          value={dollars(wait.cost_saved)}
          note={t`${count(wait.sends_saved)} texts against the configured wait ▲`}
        />
      </div>
      <details>
        <summary className="min-h-8 font-medium">{t('All waits as a table')}</summary>
        <Card className="mt-2">
          <Table
            name={t('waits')}
            columns={COLUMNS}
            rows={found.waits}
            rowKey={(r) => String(r.wait_seconds)}
            empty={null}
          />
        </Card>
      </details>
    </div>
  );
}

/** Chooses one of the stops: by the arrow keys, by dragging, or as a number of minutes. */
function Slider({
  at,
  wait,
  configured,
  onChoose,
}: {
  at: number;
  wait: Wait;
  configured: number;
  onChoose: (minutes: number) => void;
}) {
  const { role } = useFrame();
  const id = useId();
  const tell = useToasts((x) => x.tell);
  const setting = `follow_up_wait_seconds = ${String(wait.wait_seconds)}`;
  return (
    <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
      <div className="min-w-60 flex-1">
        <label htmlFor={id} className="text-table font-medium">
          {t`Wait ${waited(wait.wait_seconds)}`}
        </label>
        <input
          id={id}
          type="range"
          min={0}
          max={STOPS.length - 1}
          step={1}
          value={at}
          aria-valuetext={waited(wait.wait_seconds)}
          className="block min-h-8 w-full accent-brand"
          onChange={(event) => {
            onChoose(STOPS[Number(event.target.value)] ?? 0);
          }}
        />
        <p className="m-0 text-meta text-ink-3">{t`Configured ▲ ${waited(configured)}`}</p>
      </div>
      <div className="flex flex-col gap-1">
        <label htmlFor={`${id}-minutes`} className="text-table text-ink-3">
          {t('Minutes')}
        </label>
        <select
          id={`${id}-minutes`}
          className="control"
          value={STOPS[at]}
          onChange={(event) => {
            onChoose(Number(event.target.value));
          }}
        >
          {STOPS.map((minutes) => (
            <option key={minutes} value={minutes}>
              {minutes}
            </option>
          ))}
        </select>
      </div>
      {role === 'admin' && (
        <Button
          onClick={() => {
            void navigator.clipboard.writeText(setting).then(() => {
              tell(t`Copied: ${setting}. It changes nothing by itself; put it into bookpath.toml.`);
            });
          }}
        >
          {t('Copy setting')}
        </Button>
      )}
    </div>
  );
}
