import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { isText, sentenceOf, statusWord, whenOf, type Thread } from '@/shared/texts/reasons';
import { Badge, type Tone } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card } from '@/shared/ui/Card';
import { cx } from '@/shared/ui/classes';
import { clock, dayIn, dayOf, inZones, ownZone, shortDay, today } from '@/shared/time';

const TONES: Record<string, Tone> = {
  AWAITING_REPLY: 'info',
  RESPONDED: 'ok',
  FOLLOWED_UP: 'info',
  OPTED_OUT: 'bad',
  SUPPRESSED: 'warn',
  CLOSED: 'plain',
};

const key = (thread: Thread): string => thread.booking_id ?? thread.phone ?? '';

/** Threads, one a line: who, how it stands, the newest thing that happened. */
export function ThreadList({
  threads,
  open,
  phone,
  onOpen,
  more,
}: {
  threads: Thread[];
  open: Thread | undefined;
  phone: (thread: Thread) => string;
  onOpen: (thread: Thread) => void;
  more: { load: () => void; busy: boolean } | null;
}) {
  return (
    <Card
      title={t('Threads')}
      note={t('Whoever booked last comes first, with the time of the first text.')}
    >
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
              onClick={() => {
                onOpen(thread);
              }}
            >
              <span className="flex w-full items-center justify-between gap-3">
                <span className="min-w-0 truncate">
                  <span className="font-medium">{thread.name ?? phone(thread)}</span>
                  {thread.name && (
                    <span className="ms-2 text-meta text-ink-3">{phone(thread)}</span>
                  )}
                </span>
                <span className="shrink-0 whitespace-nowrap">
                  <Badge tone={TONES[thread.status] ?? 'plain'}>{statusWord(thread.status)}</Badge>
                </span>
              </span>
              <Last thread={thread} />
            </button>
          </li>
        ))}
      </ul>
      {more && (
        <Button className="mt-3" busy={more.busy} onClick={more.load}>
          {t('Load more')}
        </Button>
      )}
    </Card>
  );
}

/**
 * The newest thing of a thread that has happened, and when the thread began: the API has threads in that order, so that a
 * further page never comes between those that are here.
 */
function Last({ thread }: { thread: Thread }) {
  const isPlanned = (m: Thread['messages'][number]) => isText(m) && m.state === 'pending';
  const happened = thread.messages.filter((m) => !isPlanned(m));
  const last = happened.at(-1) ?? thread.messages.at(-1);
  if (!last) return null;
  return (
    <span className="flex w-full items-baseline justify-between gap-3 text-table text-ink-2">
      <span className="min-w-0 truncate">
        {isText(last) ? sentenceOf(last, thread) : `“${last.body}”`}
      </span>
      <span className="shrink-0 text-meta whitespace-nowrap text-ink-3">
        {thread.messages.slice(0, 1).map((first) => (
          <Short key="began" at={whenOf(first)} />
        ))}
      </span>
    </span>
  );
}

/** An instant as a list has room for it: the time of today, else the day. */
function Short({ at }: { at: string }) {
  const { zone } = useFrame();
  const [day, now] = [dayIn(at, zone), today(zone)];
  const old = day.slice(0, 4) !== now.slice(0, 4);
  return (
    <time dateTime={at} title={inZones(at, [zone, ownZone()])}>
      {day === now ? clock(at, zone) : old ? dayOf(at, zone) : shortDay(day)}
    </time>
  );
}
