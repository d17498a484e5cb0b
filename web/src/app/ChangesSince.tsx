import { api, unwrap } from '@/shared/api/client';
import { useList, type Page } from '@/shared/api/useList';
import { ByCause } from '@/shared/changes/ByCause';
import { grouped, type Change } from '@/shared/changes/changes';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Empty } from '@/shared/ui/Card';
import { Overlay } from '@/shared/ui/Dialogs';
import { Tile } from '@/shared/ui/Tile';

/** A page; of few of them would be few events whole. */
const LIMIT = 1000;

/** What changed after an instant: by what caused it, with the key figures that it moved before all else. */
export function ChangesSince({ since, onClose }: { since: string; onClose: () => void }) {
  const list = useList<Change>(['changes', since], async (cursor) => {
    const query = { since, limit: LIMIT, ...(cursor ? { cursor } : {}) };
    const found = await unwrap(api.GET('/api/changes', { params: { query } }));
    return found as unknown as Page<Change>;
  });
  return (
    <Overlay open onClose={onClose} title={t('What changed since')} shape="wide">
      <Tile query={list.query} what={t('the changes')}>
        {() =>
          list.rows.length === 0 && !list.more ? (
            <Empty>{t('Nothing changed since then ✓')}</Empty>
          ) : (
            <div className="flex flex-col gap-3">
              <ul className="m-0 flex list-none flex-col gap-4 p-0">
                {grouped(list.rows).map((group) => (
                  <li key={group.id}>
                    <ByCause group={group} />
                  </li>
                ))}
              </ul>
              {list.more && (
                <Button className="self-center" busy={list.more.busy} onClick={list.more.load}>
                  {t('Load more')}
                </Button>
              )}
            </div>
          )
        }
      </Tile>
    </Overlay>
  );
}
