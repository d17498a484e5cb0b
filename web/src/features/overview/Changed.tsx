import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import { ChangeLine } from '@/shared/changes/ChangeLine';
import { ofClosedMonths, type Change } from '@/shared/changes/changes';
import { t } from '@/shared/i18n/t';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';

const LIMIT = 1000;
const SHOWN = 6;
/** Pages that are looked through for something to show. */
const PAGES = 5;

/** Changes of closed months in the last day. */
async function ofLastDay(month: string): Promise<Change[]> {
  const found: Change[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES && found.length < SHOWN; page += 1) {
    const query = { limit: LIMIT, ...(cursor ? { cursor } : {}) };
    const one = await unwrap(api.GET('/api/changes', { params: { query } }));
    found.push(...ofClosedMonths(one.items as unknown as Change[], month, SHOWN - found.length));
    if (!one.next_cursor) break;
    cursor = one.next_cursor;
  }
  return found;
}

/** What changed in months that are over, and why. */
export function Changed({ month }: { month: string }) {
  const query = useQuery({
    queryKey: ['changes', 'closed', month],
    queryFn: () => ofLastDay(month),
  });
  return (
    <Card
      title={t('Changed in closed months')}
      note={t('In the last day, each with what caused it')}
    >
      <Tile query={query} what={t('the changes')}>
        {(shown) => {
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
