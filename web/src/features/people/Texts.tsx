import { Link } from 'react-router';
import { useQuery } from '@tanstack/react-query';
import { api, ApiError, unwrap } from '@/shared/api/client';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { statusWord, whenOf } from '@/shared/texts/reasons';
import { ThreadView } from '@/shared/texts/ThreadView';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

/** What was texted with a person, and why something was not. */
export function Texts({ phones }: { phones: string[] }) {
  const { role } = useFrame();
  const query = useQuery({
    queryKey: ['conversations', 'of all', phones],
    queryFn: async () => {
      const found = await Promise.all(
        phones.map((phone) =>
          unwrap(api.GET('/api/conversations/{phone}', { params: { path: { phone } } })).catch(
            (error: unknown) => {
              // A number without a conversation.
              if (error instanceof ApiError && error.status === 404) return { threads: [] };
              throw error;
            },
          ),
        ),
      );
      return found.flatMap((one) => one.threads).filter((one) => one.messages.length > 0);
    },
  });
  return (
    <Card title={t('Texts')}>
      <Tile query={query} what={t('the texts')}>
        {(threads) =>
          threads.length === 0 ? (
            <Empty>{t('No text was due.')}</Empty>
          ) : (
            <div className="flex flex-col gap-4">
              {threads.map((thread, at) => (
                <section key={thread.booking_id ?? String(at)} aria-label={t('Thread')}>
                  <h3 className="m-0 mb-2 flex flex-wrap items-baseline gap-x-2 text-table text-ink-3">
                    {thread.messages.slice(0, 1).map((first) => (
                      <Time key="t" at={whenOf(first)} />
                    ))}
                    <span>{statusWord(thread.status)}</span>
                    {role === 'admin' && thread.booking_id && (
                      <Link
                        className="font-normal text-brand"
                        to={`/app/bookings/${thread.booking_id}`}
                      >
                        {t('Open the booking')}
                      </Link>
                    )}
                  </h3>
                  <ThreadView thread={thread} />
                </section>
              ))}
            </div>
          )
        }
      </Tile>
    </Card>
  );
}
