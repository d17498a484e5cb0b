import { useQuery } from '@tanstack/react-query';
import { api, ApiError, unwrap } from '@/shared/api/client';
import { ByCause } from '@/shared/changes/ByCause';
import { grouped, type Change, type Group } from '@/shared/changes/changes';
import { t } from '@/shared/i18n/t';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';

const LIMIT = 1000;
/** Causes that are shown. */
const CAUSES = 4;

/** An erasure leaves no earlier version of the tables. */
const unlessGone = (error: unknown): null => {
  if (error instanceof ApiError && error.code === 'version_gone') return null;
  throw error;
};

/**
 * The newest corrections of closed months in the last day by cause, and whether there may be newer ones. `null`: how the
 * tables stood a day ago is not kept. */
async function ofLastDay(month: string): Promise<{ shown: Group[]; more: boolean } | null> {
  const query = { limit: LIMIT, corrected_before: month };
  const found = await unwrap(api.GET('/api/changes', { params: { query } })).catch(unlessGone);
  if (!found) return null;
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
        {(found) => {
          if (!found)
            return (
              <Empty>
                {t('How the numbers stood a day ago is not kept: somebody was forgotten since.')}
              </Empty>
            );
          const { shown, more } = found;
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
