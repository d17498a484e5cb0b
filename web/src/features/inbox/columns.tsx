import { count, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Id } from '@/shared/ui/Id';
import type { Column } from '@/shared/ui/Table';
import { Time } from '@/shared/ui/Time';
import { TONES, vendorWord, type Item } from './deliveries';

export const COLUMNS: Column<Item>[] = [
  {
    key: 'what',
    head: t('Webhook'),
    cell: (r) => (
      <>
        {vendorWord(r.vendor)} <span className="font-mono text-meta">{r.kind ?? ''}</span>
      </>
    ),
    value: (r) => `${r.vendor} ${r.kind ?? ''}`,
  },
  {
    key: 'at',
    head: t('Received'),
    cell: (r) => <Time at={r.received_at} />,
    value: (r) => r.received_at,
  },
  {
    key: 'status',
    head: t('Status'),
    cell: (r) => <Badge tone={TONES[r.status] ?? 'plain'}>{sentence(r.status)}</Badge>,
    value: (r) => r.status,
  },
  {
    key: 'error',
    head: t('Error'),
    cell: (r) => (r.error_class ? sentence(r.error_class) : NONE),
    value: (r) => r.error_class,
  },
  {
    key: 'attempts',
    head: t('Tries'),
    cell: (r) => (r.attempts === 0 ? NONE : count(r.attempts)),
    value: (r) => r.attempts,
    figure: true,
  },
  {
    key: 'id',
    head: t('Delivery'),
    cell: (r) => <Id id={r.delivery_id} />,
    value: (r) => r.delivery_id,
  },
  {
    key: 'hash',
    head: 'SHA-256',
    cell: (r) => <Id id={r.raw_sha256} />,
    value: (r) => r.raw_sha256,
  },
];
