import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { t } from '@/shared/i18n/t';
import { threadOf } from '@/shared/texts/find';
import { ThreadView } from '@/shared/texts/ThreadView';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';

/** What was texted about a booking, and why not. It is looked for when somebody asks: the list has no index of bookings. */
export function Texts({ booking }: { booking: string }) {
  const [open, setOpen] = useState(false);
  const query = useQuery({ ...threadOf(booking), enabled: open });
  return (
    <Card
      title={t('Texts')}
      actions={
        <Link
          className="inline-flex min-h-8 items-center text-table text-brand"
          to={`/app/conversations?booking=${booking}`}
        >
          {t('In Conversations')}
        </Link>
      }
    >
      {open ? (
        <Tile query={query} what={t('the texts')}>
          {(thread) =>
            thread && thread.messages.length > 0 ? (
              <ThreadView thread={thread} />
            ) : (
              <Empty>{t('Nothing was texted about this booking.')}</Empty>
            )
          }
        </Tile>
      ) : (
        <Button
          onClick={() => {
            setOpen(true);
          }}
        >
          {t('Show the texts')}
        </Button>
      )}
    </Card>
  );
}
