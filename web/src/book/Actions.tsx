import { CalendarPlus, Video } from 'lucide-react';
import { useId, useState } from 'react';
import { api, ApiError, bearer, unwrap } from '@/shared/api/client';
import { download } from '@/shared/format/download';
import { money } from '@/shared/format/number';
import { Button } from '@/shared/ui/Button';
import { buttonClass } from '@/shared/ui/classes';
import { calendarFile } from './calendarFile';
import { useReader } from './context';
import { Modal } from './Modal';
import { Note } from './parts';
import type { Booking } from './story';
import { troubleOnce } from './trouble';

interface Props {
  booking: Booking;
  token: string;
  take: (booking: Booking) => void;
  reload: () => Promise<void>;
  /** The move was begun: the page waits for the new time. */
  onMove: () => void;
  /** Forgets the booking on this device. */
  onForget: () => void;
}

const BIG = 'min-h-11 px-4';

/** Buttons for the actions that the API allows this customer. */
export function Actions(props: Props) {
  const { booking } = props;
  const { words, go } = useReader();
  const [asked, setAsked] = useState<'cancel' | 'move' | null>(null);
  const close = () => {
    setAsked(null);
  };
  const confirmed = booking.state === 'CONFIRMED';
  const first = confirmed && Boolean(booking.join_url ?? booking.start_time);
  const over = !booking.can.includes('cancel');
  return (
    <div className="flex flex-col gap-3">
      {(first || over) && (
        <div className="flex flex-wrap gap-3">
          {confirmed && booking.join_url && (
            <a
              className={buttonClass('primary', BIG)}
              href={booking.join_url}
              rel="noopener noreferrer"
            >
              <Video size={18} aria-hidden />
              {words.join}
            </a>
          )}
          {confirmed && booking.start_time && (
            <Button
              className={BIG}
              onClick={() => {
                const now = booking.state_since;
                download('booking.ics', calendarFile(booking, now), 'text/calendar');
              }}
            >
              <CalendarPlus size={18} aria-hidden />
              {words.calendar}
            </Button>
          )}
          {over && (
            <Button
              className={BIG}
              onClick={() => {
                go('/book');
              }}
            >
              {words.bookAgain}
            </Button>
          )}
        </div>
      )}
      <div className="-my-2 flex flex-wrap gap-x-6">
        {booking.can.includes('reschedule') && (
          <Less
            word={words.move}
            onClick={() => {
              setAsked('move');
            }}
          />
        )}
        {!over && (
          <Less
            word={words.cancel}
            onClick={() => {
              setAsked('cancel');
            }}
          />
        )}
        <Less
          word={words.sendLink}
          onClick={() => {
            go('/recover');
          }}
        />
        <Less word={words.forget} onClick={props.onForget} />
      </div>
      {asked === 'cancel' && <Cancel {...props} onClose={close} />}
      {asked === 'move' && <Move {...props} onClose={close} />}
    </div>
  );
}

/** Secondary actions look like links. */
function Less({ word, onClick }: { word: string; onClick: () => void }) {
  return (
    <button
      type="button"
      className="min-h-11 text-table text-ink-2 underline underline-offset-4 hover:text-ink"
      onClick={onClick}
    >
      {word}
    </button>
  );
}

/** Names the refund before anything is cancelled; keeping is the default. */
function Cancel({ booking, token, take, reload, onClose }: Props & { onClose: () => void }) {
  const { words, locale } = useReader();
  const id = useId();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const cancel = async () => {
    setBusy(true);
    try {
      const headers = { ...bearer(token), 'if-match': `"${String(booking.version)}"` };
      const body = reason.trim() ? { reason: reason.trim() } : {};
      const path = { id: booking.booking_id };
      take(
        await unwrap(api.POST('/api/bookings/{id}/cancel', { params: { path }, body, headers })),
      );
      onClose();
    } catch (error) {
      if (error instanceof ApiError && [409, 412].includes(error.status)) await reload();
      setProblem(troubleOnce(error, words));
      setBusy(false);
    }
  };
  return (
    <Modal title={words.cancelTitle} onClose={onClose}>
      <p className="m-0 text-customer font-medium">{refundLine(booking, words, locale)}</p>
      <div className="flex flex-col gap-1">
        <label htmlFor={id} className="text-table">
          {words.reason}
        </label>
        <textarea
          id={id}
          rows={2}
          maxLength={1024}
          className="control py-2"
          value={reason}
          onChange={(event) => {
            setReason(event.target.value);
          }}
        />
      </div>
      {problem && <Note tone="bad">{problem}</Note>}
      <div className="flex flex-wrap justify-end gap-3">
        <Button kind="danger" className={BIG} busy={busy} onClick={() => void cancel()}>
          {words.cancelNow}
        </Button>
        <Button kind="primary" className={BIG} onClick={onClose}>
          {words.keep}
        </Button>
      </div>
    </Modal>
  );
}

const refundLine = (
  booking: Booking,
  words: ReturnType<typeof useReader>['words'],
  locale: string,
): string => {
  const back = booking.refund_if_cancelled_minor ?? 0;
  const kept = booking.paid_minor > booking.refunded_minor;
  const written = (minor: number) => money(minor, booking.currency, { locale });
  if (!kept) return words.nothingPaid;
  if (back === 0) return words.getNothing;
  return back >= booking.paid_minor
    ? words.getBack(written(back))
    : words.getPart(written(back), written(booking.paid_minor));
};

/** Calendly's own page moves the call; its frame reports no moves, so a tab of its own does it. */
function Move({ booking, token, onMove, onClose }: Props & { onClose: () => void }) {
  const { words } = useReader();
  const [busy, setBusy] = useState(false);
  const [url, setUrl] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const ask = async () => {
    setBusy(true);
    try {
      const path = { id: booking.booking_id };
      const headers = bearer(token);
      const found = await unwrap(
        api.POST('/api/bookings/{id}/reschedule', { params: { path }, body: {}, headers }),
      );
      setUrl(found.reschedule_url);
    } catch (error) {
      setProblem(troubleOnce(error, words));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal title={words.moveTitle} onClose={onClose}>
      <p className="m-0">{words.moveText}</p>
      {problem && <Note tone="bad">{problem}</Note>}
      <div className="flex flex-wrap justify-end gap-3">
        <Button className={BIG} onClick={onClose}>
          {words.close}
        </Button>
        {url ? (
          <a
            className={buttonClass('primary', BIG)}
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            onClick={() => {
              onMove();
              onClose();
            }}
          >
            {words.openTab}
          </a>
        ) : (
          <Button kind="primary" className={BIG} busy={busy} onClick={() => void ask()}>
            {words.moveOpen}
          </Button>
        )}
      </div>
    </Modal>
  );
}
