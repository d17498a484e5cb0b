import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import { Cause, Moved } from '@/shared/changes/ChangeLine';
import { grouped, type Change, type Group } from '@/shared/changes/changes';
import { count } from '@/shared/format/number';
import { many, t } from '@/shared/i18n/t';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

const LIMIT = 1000;
/** Causes that are shown, and the values of each that are not folded. */
const CAUSES = 4;
const VALUES = 4;

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
                  <ByOne group={group} />
                </li>
              ))}
            </ul>
          );
        }}
      </Tile>
    </Card>
  );
}

/** A cause with the values that it moved. */
function ByOne({ group: { at, cause, changes } }: { group: Group }) {
  const rest = changes.slice(VALUES);
  return (
    <>
      <p className="m-0 flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="min-w-0 wrap-anywhere">
          {'delivery_id' in cause && <>{t('Late webhook')} · </>}
          <Cause cause={cause} />
        </span>
        <span className="text-table text-ink-3 sm:whitespace-nowrap">
          <Time at={at} />
        </span>
      </p>
      <Values changes={changes.slice(0, VALUES)} />
      {rest.length > 0 && (
        <details className="text-table">
          <summary className="min-h-6 content-center text-ink-2">
            {many(rest.length, t('1 more value'), t`${count(rest.length)} more values`)}
          </summary>
          <Values changes={rest} />
        </details>
      )}
    </>
  );
}

function Values({ changes }: { changes: Change[] }) {
  return (
    <ul className="m-0 flex list-none flex-col gap-0.5 p-0 text-table">
      {changes.map((change) => (
        <li
          key={`${change.table} ${JSON.stringify(change.key)} ${change.column}`}
          className="wrap-anywhere"
        >
          <Moved change={change} />
        </li>
      ))}
    </ul>
  );
}
