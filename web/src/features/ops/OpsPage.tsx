import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Schema } from '@/shared/api/client';
import { ops as opsQuery } from '@/shared/api/ops';
import { duration } from '@/shared/format/duration';
import { count } from '@/shared/format/number';
import { many, t } from '@/shared/i18n/t';
import { Card, Facts } from '@/shared/ui/Card';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { Alarms } from './Alarms';
import { Bill } from './Bill';
import { Counters, Speed } from './Counters';
import { Freshness } from './Freshness';
import { Subscriptions } from './Subscriptions';
import { Syncs } from './Syncs';
import { Told } from './Told';
import { VendorTasks } from './VendorTasks';

const TABS: [string, string][] = [
  ['/app/ops', t('Health')],
  ['/app/ops/flow', t('Flow')],
  ['/app/ops/cost', t('Cost')],
  ['/app/ops/tables', t('Tables')],
];

export type Part = 'health' | 'flow' | 'cost' | 'tables';

type Ops = Schema['Ops'];

const PARTS: Record<Part, (ops: Ops) => ReactNode> = {
  health: (ops) => (
    <>
      <Card title={t('Alarms')}>
        <Alarms alarms={ops.alarms} bookings={ops.waiting.stuck_bookings.items} />
      </Card>
      <Card
        title={<span id="subscriptions">{t('Subscriptions')}</span>}
        note={t('Whether each vendor still sends us its webhooks.')}
      >
        <Subscriptions rows={ops.subscriptions} />
      </Card>
      <Card
        title={<span id="syncs">{t('Syncs')}</span>}
        note={t('A sync reads a vendor’s lists and brings in what its webhooks missed.')}
      >
        <Syncs runs={ops.syncs} />
      </Card>
      <VendorTasks />
      <Card title={t('What the operators were told')}>
        <Told messages={ops.notifications} />
      </Card>
    </>
  ),
  flow: (ops) => (
    <div className="grid items-start gap-4 lg:grid-cols-3">
      <Card title={t('Counted so far')}>
        <Counters counters={ops.counters} />
      </Card>
      <Card title={t('How fast')}>
        <Speed />
      </Card>
      <Card title={t('Waiting')}>
        <Facts
          items={[
            [
              t('For the next run'),
              many(ops.pending_objects, t('1 object'), t`${count(ops.pending_objects)} objects`),
            ],
            [
              t('The numbers'),
              ops.lag_seconds === null || ops.lag_seconds === undefined
                ? t('not computed yet')
                : t`${duration(ops.lag_seconds)} behind`,
            ],
            [t('Deletions by hand'), count(ops.vendor_tasks.manual)],
            [t('Deletions refused'), count(ops.vendor_tasks.failed)],
            [t('Deletions on their way'), count(ops.vendor_tasks.pending)],
          ]}
        />
      </Card>
    </div>
  ),
  cost: () => <Bill />,
  tables: (ops) => (
    <Card
      title={t('Tables')}
      note={t('A table that no new fact touches grows old and stays right.')}
    >
      <Freshness tables={ops.tables} />
    </Card>
  ),
};

/** Is it running? */
export default function OpsPage({ part = 'health' }: { part?: Part }) {
  const query = useQuery({
    ...opsQuery,
    refetchInterval: 30_000,
  });
  const tile = (
    <Tile query={query} what={t('the state of the system')} height="h-96">
      {(ops) => <div className="flex flex-col gap-4">{PARTS[part](ops)}</div>}
    </Tile>
  );
  return (
    <Page
      title={t('Ops')}
      note={t('Alarms first, then how fresh and how busy everything is.')}
      tabs={TABS}
    >
      {query.error && !query.data ? <Card>{tile}</Card> : tile}
    </Page>
  );
}
