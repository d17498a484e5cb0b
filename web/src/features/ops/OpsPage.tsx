import { useQuery } from '@tanstack/react-query';
import { ops as opsQuery } from '@/shared/api/ops';
import { duration } from '@/shared/format/duration';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
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

/** Is it running? */
export default function OpsPage() {
  const query = useQuery({
    ...opsQuery,
    refetchInterval: 30_000,
  });
  return (
    <Page title={t('Ops')} note={t('Alarms first, then how fresh and how busy everything is.')}>
      <Tile query={query} what={t('the state of the system')} height="h-96">
        {(ops) => (
          <div className="flex flex-col gap-4">
            <Card title={t('Alarms')}>
              <Alarms alarms={ops.alarms} />
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
            <div className="grid items-start gap-4 lg:grid-cols-2">
              <Card title={t('Counted so far')}>
                <Counters counters={ops.counters} />
              </Card>
              <div className="flex flex-col gap-4">
                <Card title={t('How fast')}>
                  <Speed />
                </Card>
                <Card title={t('Waiting')}>
                  <Facts
                    items={[
                      [t('For the next run'), t`${count(ops.pending_objects)} objects`],
                      [
                        t('Numbers'),
                        ops.lag_seconds === null || ops.lag_seconds === undefined
                          ? t('numbers not computed yet')
                          : t`numbers ${duration(ops.lag_seconds)} behind`,
                      ],
                      [t('Deletions by hand'), count(ops.vendor_tasks.manual)],
                      [t('Deletions refused'), count(ops.vendor_tasks.failed)],
                      [t('Deletions on their way'), count(ops.vendor_tasks.pending)],
                    ]}
                  />
                </Card>
              </div>
            </div>
            <Bill />
            <Card
              title={t('Tables')}
              note={t('A table that no new fact touches grows old and stays right.')}
            >
              <Freshness tables={ops.tables} />
            </Card>
            <Card title={t('What the operators were told')}>
              <Told messages={ops.notifications} />
            </Card>
          </div>
        )}
      </Tile>
    </Page>
  );
}
