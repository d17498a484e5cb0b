import { api, unwrap } from '@/shared/api/client';
import { useList, type Page } from '@/shared/api/useList';
import { ChangeLine } from '@/shared/changes/ChangeLine';
import type { Change } from '@/shared/changes/changes';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Empty } from '@/shared/ui/Card';
import { Overlay } from '@/shared/ui/Dialogs';
import { Tile } from '@/shared/ui/Tile';

const LIMIT = 100;

/** Every value of the tables that changed after an instant, each with its cause. */
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
              <ul className="m-0 flex list-none flex-col gap-2 p-0">
                {list.rows.map((change, at) => (
                  <li key={`${change.at} ${String(at)}`}>
                    <p className="m-0 text-meta text-ink-3">{change.table}</p>
                    <ChangeLine change={change} />
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
