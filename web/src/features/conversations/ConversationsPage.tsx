import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, Eye, EyeOff } from 'lucide-react';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, unwrap } from '@/shared/api/client';
import { useList } from '@/shared/api/useList';
import { maskedPhone } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Badge, type Tone } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { cx } from '@/shared/ui/classes';
import { Filter } from '@/shared/ui/Fields';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { useNarrow } from '@/shared/ui/useNarrow';
import { isText, sentenceOf, type Thread } from '@/shared/texts/reasons';
import { ThreadView } from '@/shared/texts/ThreadView';

export const TABS: [string, string][] = [
  ['/app/conversations', t('Threads')],
  ['/app/conversations/figures', t('Figures')],
  ['/app/conversations/what-if', t('What if')],
];

const SHOWN = ['all', 'replied', 'not_sent', 'opted_out'] as const;
type Shown = (typeof SHOWN)[number];

const TONES: Record<string, Tone> = {
  AWAITING_REPLY: 'info',
  RESPONDED: 'ok',
  FOLLOWED_UP: 'info',
  OPTED_OUT: 'bad',
  SUPPRESSED: 'warn',
  CLOSED: 'plain',
};

const key = (thread: Thread): string => thread.booking_id ?? thread.phone ?? '';

const keeps = (thread: Thread, shown: Shown): boolean => {
  if (shown === 'replied') return thread.messages.some((m) => !isText(m));
  if (shown === 'not_sent')
    return thread.messages.some((m) => isText(m) && m.state === 'suppressed');
  return shown === 'all' || thread.status === 'OPTED_OUT';
};

/** What was said, and why was a text (not) sent? */
export default function ConversationsPage() {
  const narrow = useNarrow();
  const { role } = useFrame();
  const [state, set] = useQueryStates({
    show: parseAsStringLiteral(SHOWN).withDefault('all'),
    booking: parseAsString,
  });
  const [unmasked, setUnmasked] = useState(false);
  const list = useList<Thread>(['conversations'], (cursor) =>
    unwrap(
      api.GET('/api/conversations', {
        params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } },
      }),
    ),
  );
  const threads = list.rows.filter(
    (thread) => thread.messages.length > 0 && keeps(thread, state.show),
  );
  const picked = threads.find((thread) => thread.booking_id === state.booking);
  const open = picked ?? (narrow ? undefined : threads[0]);
  const phone = (thread: Thread) =>
    thread.phone ? (unmasked ? thread.phone : maskedPhone(thread.phone)) : t('No usable number');
  const one = open && (
    <Card
      title={<Who thread={open} phone={phone(open)} />}
      note={<About thread={open} phone={phone(open)} />}
      actions={
        <>
          {role === 'admin' && open.booking_id && (
            <Link className="text-table text-brand" to={`/app/bookings/${open.booking_id}`}>
              {t('Booking')}
            </Link>
          )}
          {narrow && (
            <Button kind="quiet" onClick={() => void set({ booking: null })}>
              <ArrowLeft size={16} aria-hidden />
              {t('All threads')}
            </Button>
          )}
        </>
      }
    >
      <Explained thread={open} />
    </Card>
  );
  return (
    <Page
      title={t('Conversations')}
      tabs={TABS}
      tools={
        <>
          <Filter
            label={t('Show')}
            value={state.show}
            options={[
              ['all', t('All')],
              ['replied', t('With a reply')],
              ['not_sent', t('Not sent')],
              ['opted_out', t('Opted out')],
            ]}
            onChange={(show) => void set({ show: show as Shown, booking: null })}
          />
          <Button
            onClick={() => {
              setUnmasked(!unmasked);
            }}
          >
            {unmasked ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />}
            {unmasked ? t('Hide numbers') : t('Show numbers')}
          </Button>
        </>
      }
    >
      <Tile query={list.query} what={t('the conversations')} height="h-96">
        {() =>
          threads.length === 0 ? (
            <Card>
              <Empty
                action={
                  state.show !== 'all' && (
                    <Button onClick={() => void set({ show: null })}>{t('Show all')}</Button>
                  )
                }
              >
                {t('No conversation matches.')}
              </Empty>
            </Card>
          ) : (
            <div className="grid gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
              {(!narrow || !picked) && (
                <Card>
                  <ul className="m-0 flex max-h-[70vh] list-none flex-col overflow-y-auto p-0 max-sm:max-h-none">
                    {threads.map((thread) => (
                      <li key={key(thread)} className="border-b border-line last:border-b-0">
                        <button
                          type="button"
                          aria-current={thread === open ? 'true' : undefined}
                          className={cx(
                            'flex w-full flex-col gap-1 rounded-control px-2 py-2.5 text-start hover:bg-sunken',
                            thread === open && 'bg-brand-soft',
                          )}
                          onClick={() => void set({ booking: thread.booking_id ?? null })}
                        >
                          <span className="flex w-full items-center justify-between gap-3">
                            <span className="font-medium">{phone(thread)}</span>
                            <Badge tone={TONES[thread.status] ?? 'plain'}>
                              {sentence(thread.status)}
                            </Badge>
                          </span>
                          <Last thread={thread} />
                        </button>
                      </li>
                    ))}
                  </ul>
                  {list.more && (
                    <Button className="mt-3" busy={list.more.busy} onClick={list.more.load}>
                      {t('Load more')}
                    </Button>
                  )}
                </Card>
              )}
              {one}
            </div>
          )
        }
      </Tile>
    </Page>
  );
}

/** The booking that a thread is about, with the name; bookings are for admins. */
function useBookingOf(thread: Thread) {
  const { role } = useFrame();
  const id = thread.booking_id ?? '';
  const query = useQuery({
    queryKey: ['booking', id],
    queryFn: () => unwrap(api.GET('/api/bookings/{id}', { params: { path: { id } } })),
    enabled: role === 'admin' && id !== '',
  });
  return query.data;
}

function Who({ thread, phone }: { thread: Thread; phone: string }) {
  return <>{useBookingOf(thread)?.name ?? phone}</>;
}

/** Which call, when, on which number, and how the thread stands. */
function About({ thread, phone }: { thread: Thread; phone: string }) {
  const booking = useBookingOf(thread);
  return (
    <>
      {booking?.event_name && `${booking.event_name} · `}
      {booking?.start_time && (
        <>
          <Time at={booking.start_time} other={booking.timezone} />
          {' · '}
        </>
      )}
      {booking?.name && `${phone} · `}
      {sentence(thread.status)}
    </>
  );
}

/** A thread with the checks of its texts, which the API tells of a single number only. */
function Explained({ thread }: { thread: Thread }) {
  const phone = thread.phone ?? '';
  const query = useQuery({
    queryKey: ['conversations', 'of', [phone]],
    queryFn: () => unwrap(api.GET('/api/conversations/{phone}', { params: { path: { phone } } })),
    enabled: phone !== '',
  });
  const told = query.data?.threads.find((one) => one.booking_id === thread.booking_id);
  return <ThreadView thread={told ?? thread} />;
}

/** The newest thing of a thread that has happened. */
function Last({ thread }: { thread: Thread }) {
  const happened = thread.messages.filter((m) => !isText(m) || m.state !== 'pending');
  const last = happened.at(-1) ?? thread.messages.at(-1);
  if (!last) return null;
  const at = isText(last) ? (last.sent_at ?? last.due_at) : last.at;
  return (
    <span className="flex w-full items-baseline justify-between gap-3 text-table text-ink-2">
      <span className="truncate">{isText(last) ? sentenceOf(last, thread) : `“${last.body}”`}</span>
      <span className="text-meta text-ink-3">
        <Time at={at} />
      </span>
    </span>
  );
}
