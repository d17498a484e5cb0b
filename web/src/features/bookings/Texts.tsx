import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { t } from '@/shared/i18n/t';
import { threadOf } from '@/shared/texts/find';
import { ThreadView } from '@/shared/texts/ThreadView';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';

/** What was texted about a booking, and why not. */
export function Texts({ booking }: { booking: string }) {
  const query = useQuery(threadOf(booking));
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
      <Tile query={query} what={t('the texts')}>
        {(thread) =>
          thread && thread.messages.length > 0 ? (
            <ThreadView thread={thread} />
          ) : (
            <Empty>{t('Nothing was texted about this booking.')}</Empty>
          )
        }
      </Tile>
    </Card>
  );
}
