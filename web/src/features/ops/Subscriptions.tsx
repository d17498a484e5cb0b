import type { Schema } from '@/shared/api/client';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Badge, type Tone } from '@/shared/ui/Badge';
import { Empty } from '@/shared/ui/Card';
import { Table, type Column } from '@/shared/ui/Table';
import { Time } from '@/shared/ui/Time';

type Row = Schema['SubscriptionState'];

/** Any other word is the vendor's own for a subscription that it has ended. */
const TONES: Record<string, Tone> = { active: 'ok', failing: 'warn' };

const COLUMNS: Column<Row>[] = [
  { key: 'vendor', head: t('Vendor'), cell: (r) => sentence(r.vendor), value: (r) => r.vendor },
  {
    key: 'state',
    head: t('State'),
    cell: (r) => <Badge tone={TONES[r.state] ?? 'bad'}>{sentence(r.state)}</Badge>,
    value: (r) => r.state,
  },
  {
    key: 'looked',
    head: t('Looked at'),
    cell: (r) => <Time at={r.looked_at} />,
    value: (r) => r.looked_at,
  },
  {
    key: 'anew',
    head: t('Made anew'),
    cell: (r) => (r.made_anew_at ? <Time at={r.made_anew_at} /> : t('never')),
    value: (r) => r.made_anew_at,
  },
  {
    key: 'url',
    head: t('Posts to'),
    cell: (r) => <code className="wrap-anywhere">{r.url}</code>,
    value: (r) => r.url,
  },
];

/** Whether the vendors still send us their webhooks, as the watch saw it last. */
export function Subscriptions({ rows }: { rows: Row[] }) {
  return (
    <Table
      name={t('subscriptions')}
      sortName="subscriptions"
      columns={COLUMNS}
      rows={rows}
      rowKey={(r) => r.vendor}
      empty={
        <Empty>
          {t(
            'No subscription was looked at yet. They are every ten minutes, once BOOKPATH_PUBLIC_URL says where we are reached.',
          )}
        </Empty>
      }
    />
  );
}
