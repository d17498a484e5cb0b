import { Menu } from '@base-ui/react/menu';
import { Download, Ellipsis, GitMerge, Trash2 } from 'lucide-react';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { buttonClass } from '@/shared/ui/classes';
import { useNarrow } from '@/shared/ui/useNarrow';

type Action = 'merge' | 'erase';

const ITEM =
  'touch flex min-h-11 w-full items-center gap-2 rounded-control px-3 text-start no-underline outline-none data-highlighted:bg-sunken';

/** What an admin can do with a person: buttons, on a phone a menu. */
export function ContactActions({
  id,
  onChoose,
}: {
  id: string;
  onChoose: (action: Action) => void;
}) {
  const narrow = useNarrow();
  const file = `/api/contacts/${encodeURIComponent(id)}/export`;
  const merge = (
    <>
      <GitMerge size={16} aria-hidden />
      {t('Merge…')}
    </>
  );
  const save = (
    <>
      <Download size={16} aria-hidden />
      {t('Export')}
    </>
  );
  const erase = (
    <>
      <Trash2 size={16} aria-hidden />
      {t('Erase…')}
    </>
  );
  const choose = (action: Action) => () => {
    onChoose(action);
  };
  if (!narrow)
    return (
      <>
        <Button onClick={choose('merge')}>{merge}</Button>
        <a className={buttonClass()} href={file} download="contact.json">
          {save}
        </a>
        <Button kind="danger" onClick={choose('erase')}>
          {erase}
        </Button>
      </>
    );
  return (
    <Menu.Root>
      <Menu.Trigger aria-label={t('Actions')} className={buttonClass()}>
        <Ellipsis size={20} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={6} className="z-50">
          <Menu.Popup className="sheet w-48 rounded-card border border-line bg-surface p-1.5 text-body shadow-(--shadow) outline-none">
            <Menu.Item className={`${ITEM} text-ink`} onClick={choose('merge')}>
              {merge}
            </Menu.Item>
            <Menu.Item
              className={`${ITEM} text-ink`}
              render={
                <a href={file} download="contact.json">
                  {save}
                </a>
              }
            />
            <Menu.Item className={`${ITEM} text-bad`} onClick={choose('erase')}>
              {erase}
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
