import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import { ByCause } from '@/shared/changes/ByCause';
import { grouped, type Change, type Group } from '@/shared/changes/changes';
import { t } from '@/shared/i18n/t';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';

const LIMIT = 1000;
/** Causes that are shown. */
const CAUSES = 4;

/** The newest corrections of closed months in the last day by cause, and whether there may be newer ones. */
async function ofLastDay(month: string): Promise<{ shown: Group[]; more: boolean }> {
  const query = { limit: LIMIT, corrected_before: month };
  const found = await unwrap(api.GET('/api/changes', { params: { query } }));
  const changes = (found.items as unknown as Change[]).toReversed();
  return { shown: grouped(changes).slice(0, CAUSES), more: Boolean(found.next_cursor) };
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
      <Tile query={query} what={t('the changes')} height="h-48">
        {({ shown, more }) => {
          if (shown.length === 0)
            return (
              <Empty>
                {more
                  ? t('None in the runs that were looked at')
                  : t('No number of a closed month changed ✓')}
              </Empty>
            );
          return (
            <ul className="m-0 flex list-none flex-col gap-4 p-0">
              {shown.map((group) => (
                <li key={group.id}>
                  <ByCause group={group} late />
                </li>
              ))}
            </ul>
          );
        }}
      </Tile>
    </Card>
  );
}
