import { useQuery } from '@tanstack/react-query';
import { parseAsInteger, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { minutesOf, whatIf, type Wait, type WhatIf } from '@/shared/api/whatIf';
import { count, dollars } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { instantsOf, shiftDay, today } from '@/shared/time';
import { Card, Empty } from '@/shared/ui/Card';
import { Copy } from '@/shared/ui/Copy';
import { Filter } from '@/shared/ui/Fields';
import { Figure } from '@/shared/ui/Figure';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { TABS } from './ConversationsPage';
import { placeOf, Slider } from './Slider';
import { waited, WaitLine } from './WaitLine';

const SPANS = ['30', '90', '365'] as const;

const COLUMNS: Column<Wait>[] = [
  {
    key: 'wait',
    head: t('Wait'),
    cell: (r) => waited(r.wait_seconds),
    value: (r) => minutesOf(r.wait_seconds),
    unit: t('minutes'),
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
    unit: 'USD',
    figure: true,
  },
  {
    key: 'saved',
    head: t('Saved'),
    cell: (r) => dollars(r.cost_saved),
    value: (r) => r.cost_saved,
    unit: 'USD',
    figure: true,
  },
];

/** What-if: past follow-ups replayed with another wait. */
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
          onChange={(days) =>
            void set({ days: days as (typeof SPANS)[number] }, { history: 'push' })
          }
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

function Tried({
  found,
  minutes,
  onChoose,
}: {
  found: WhatIf;
  minutes: number | null;
  onChoose: (minutes: number) => void;
}) {
  const { role } = useFrame();
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
      <div className="figures [--most:5]">
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
      {role === 'admin' && at !== configured && <Setting seconds={wait.wait_seconds} />}
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

/** The line of `bookpath.toml` that sets this wait, to copy. */
function Setting({ seconds }: { seconds: number }) {
  const line = `follow_up_wait_seconds = ${String(seconds)}`;
  return (
    <Card title={t('To wait so long')} note={t('Put this line at the top of bookpath.toml.')}>
      <p className="m-0 flex flex-wrap items-center gap-2">
        <code className="wrap-anywhere">{line}</code>
        <Copy text={line} what={t('setting')} />
      </p>
    </Card>
  );
}
