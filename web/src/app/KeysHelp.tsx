import type { ReactNode } from 'react';
import { t } from '@/shared/i18n/t';
import { Facts } from '@/shared/ui/Card';
import { Overlay } from '@/shared/ui/Dialogs';
import { pagesOf } from './nav';
import type { Role } from './session';

/** Every key. */
export function KeysHelp({
  role,
  open,
  onClose,
}: {
  role: Role;
  open: boolean;
  onClose: () => void;
}) {
  const key = (text: string) => <kbd className="font-mono text-table">{text}</kbd>;
  return (
    <Overlay
      open={open}
      onClose={onClose}
      title={t('Keys')}
      shape="middle"
      note={t('Single keys can be switched off on Account.')}
    >
      <Facts
        items={[
          [key('⌘K'), t('Go to a page, an action, a month, a figure, a person or a booking')],
          [key('R'), t('Refresh')],
          [key('A'), t('Judge the numbers at another instant')],
          [key('[ ]'), t('Month before and after')],
          [key('T'), t('This month')],
          [key('X'), t('Compare with the month before, or not')],
          [key('F'), t('The page’s filters')],
          [key('J K'), t('Next and previous row of a table, or figure beside the page')],
          [key('Enter'), t('Open the row')],
          [key('C E'), t('Copy the link, all rows as a file, in an open figure')],
          [key('D'), t('Light or dark')],
          [key('Esc'), t('Close the top layer')],
          ...pagesOf(role).map((page): [ReactNode, string] => [
            key(`G ${page.key.toUpperCase()}`),
            page.word,
          ]),
        ]}
      />
    </Overlay>
  );
}
