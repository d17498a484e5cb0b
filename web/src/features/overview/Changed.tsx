import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import { ChangeLine } from '@/shared/changes/ChangeLine';
import { ofClosedMonths, type Change } from '@/shared/changes/changes';
import { t } from '@/shared/i18n/t';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';

const LIMIT = 1000;
const SHOWN = 6;

/** What changed in months that are over, and why. */
export function Changed({ month }: { month: string }) {
  const query = useQuery({
    queryKey: ['changes'],
    queryFn: () => unwrap(api.GET('/api/changes', { params: { query: { limit: LIMIT } } })),
  });
  return (
    <Card
      title={t('Changed in closed months')}
      note={t('In the last day, each with what caused it')}
    >
      <Tile query={query} what={t('the changes')}>
        {({ items }) => {
          const shown = ofClosedMonths(items as unknown as Change[], month, SHOWN);
          if (shown.length === 0)
            return <Empty>{t('No number of a closed month changed ✓')}</Empty>;
          return (
            <ul className="m-0 flex list-none flex-col gap-2 p-0">
              {shown.map((change) => (
                <li
                  key={`${change.at} ${change.table} ${JSON.stringify(change.key)} ${change.column}`}
                >
                  <ChangeLine change={change} />
                </li>
              ))}
            </ul>
          );
        }}
      </Tile>
    </Card>
  );
}
