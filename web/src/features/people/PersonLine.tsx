import { useQuery } from '@tanstack/react-query';
import { customer } from '@/shared/api/people';
import { usePast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Health } from './Health';
import { useTeamName } from './team';

/** Under a person's name: how they stand, and who looks after them. */
export function PersonLine({ id }: { id: string }) {
  const { data: row } = useQuery(customer(id, usePast()));
  const nameOf = useTeamName();
  if (!row) return <span className="block min-h-5" />;
  const owner = nameOf(row.crm_owner);
  return (
    <span className="flex flex-wrap items-center gap-x-4 gap-y-1">
      <span>
        {t('Health')} <Health score={row.health_score} />
      </span>
      {row.assigned_am && <span>{t`Account manager ${row.assigned_am}`}</span>}
      {owner && owner !== row.assigned_am && <span>{t`CRM owner ${owner}`}</span>}
      {row.alerts.includes('am_change') && <Badge tone="warn">{t('They differ')}</Badge>}
    </span>
  );
}
