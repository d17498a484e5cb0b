import { Link } from 'react-router';
import { useQuery } from '@tanstack/react-query';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { threadsOf } from '@/shared/texts/find';
import { statusWord, whenOf } from '@/shared/texts/reasons';
import { ThreadView } from '@/shared/texts/ThreadView';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

/** What was texted with a person, and why something was not. */
export function Texts({ bookings }: { bookings: string[] }) {
  const { role } = useFrame();
  const query = useQuery(threadsOf(bookings));
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
