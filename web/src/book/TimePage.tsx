import { ExternalLink } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api, bearer, unwrap, type Schema } from '@/shared/api/client';
import { money } from '@/shared/format/number';
import { Button } from '@/shared/ui/Button';
import { buttonClass } from '@/shared/ui/classes';
import { frameUrl, heard } from './calendar';
import { useReader } from './context';
import { Go, Headline, Note, SaveLink, Sheet, Steps } from './parts';
import { refundWords, type SessionType } from './refund';
import { keepToken, latest, marks, tokenOf } from './token';
import { troubleOnce } from './trouble';

/** Calendly says nothing for this long: it is slow, or blocked. */
const SLOW_MS = 8_000;
const TRIES = 3;

type Body = Schema['NewBooking'];

async function post(body: Body): Promise<{ id: string; url: string | null }> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const booking = await unwrap(api.POST('/api/bookings', { body }));
      if (booking.token) keepToken(booking.booking_id, booking.token, Date.now());
      return { id: booking.booking_id, url: booking.scheduling_url ?? null };
    } catch (error) {
      if (attempt >= TRIES) throw error;
      await new Promise((done) => setTimeout(done, attempt * 800));
    }
  }
}

/** The calendar in a frame; where it is blocked, in a tab of its own. */
export function TimePage({ session }: { session: SessionType }) {
  const { words, zone, locale, go } = useReader();
  const frame = useRef<HTMLIFrameElement>(null);
  const [before] = useState(() => latest(Date.now()));
  const [height, setHeight] = useState(700);
  const [slow, setSlow] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [tab, setTab] = useState<{ id: string; url: string } | null>(null);
  const from = useMemo(() => marks(location.search), []);
  const url = useMemo(
    () => frameUrl(session.scheduling_url, from, location.hostname),
    [session.scheduling_url, from],
  );
  useEffect(() => {
    const timer = setTimeout(() => {
      setSlow(true);
    }, SLOW_MS);
    const listen = (event: MessageEvent) => {
      const said = heard(event, frame.current?.contentWindow ?? null, session.scheduling_url);
      if (!said) return;
      clearTimeout(timer);
      setSlow(false);
      if (said.height) setHeight(said.height);
      if (!said.booked) return;
      setBusy(true);
      post({ session_type_id: session.id, timezone: zone, ...said.booked })
        .then(({ id }) => {
          go(`/bookings/${id}`);
        })
        .catch((error: unknown) => {
          setBusy(false);
          setProblem(troubleOnce(error, words));
        });
    };
    window.addEventListener('message', listen);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('message', listen);
    };
  }, [session, zone, go, words]);
  const inTab = async () => {
    setBusy(true);
    try {
      const { id, url: address } = await post({ session_type_id: session.id, timezone: zone });
      if (address) setTab({ id, url: withMarks(address, from) });
    } catch (error) {
      setProblem(troubleOnce(error, words));
    } finally {
      setBusy(false);
    }
  };
  const price =
    session.price_minor === 0
      ? words.free
      : money(session.price_minor, session.currency, { short: true, locale });
  return (
    <div className="flex flex-col gap-6">
      <Steps at={2} />
      <Headline>{words.pickTime}</Headline>
      <p className="m-0 text-ink-2">
        {session.name} · {words.minutes(session.duration_minutes)} · {price}
        {session.price_minor > 0 && <> · {refundWords(session, words)}</>}
      </p>
      {before && !busy && !tab && (
        <Note>
          {words.justBooked} <Go href={`/bookings/${before}`}>{words.goOn}</Go>
        </Note>
      )}
      {problem && <Note tone="bad">{problem}</Note>}
      {busy && !tab && <Note>{words.booking}</Note>}
      {tab ? (
        <Waiting tab={tab} />
      ) : (
        <>
          {slow && (
            <Sheet className="flex flex-wrap items-center justify-between gap-3">
              <span>{words.slow}</span>
              <Button kind="primary" busy={busy} onClick={() => void inTab()}>
                {words.openTab}
              </Button>
            </Sheet>
          )}
          <iframe
            ref={frame}
            title={words.pickTime}
            src={url}
            height={height}
            className="w-full rounded-sheet border border-line bg-surface"
          />
        </>
      )}
    </div>
  );
}

const withMarks = (address: string, from: Record<string, string>): string => {
  const url = new URL(address);
  Object.entries(from).forEach(([name, value]) => {
    url.searchParams.set(name, value);
  });
  return url.toString();
};

/** The time is picked in another tab; this page goes on by itself. */
function Waiting({ tab }: { tab: { id: string; url: string } }) {
  const { words, go } = useReader();
  useEffect(() => {
    let pause = 2_000;
    let timer = 0;
    const ask = async () => {
      const headers = bearer(tokenOf(tab.id) ?? '');
      const path = { id: tab.id };
      const found = await unwrap(
        api.GET('/api/bookings/{id}', { params: { path }, headers }),
      ).catch(() => null);
      if (found?.start_time) {
        go(`/bookings/${tab.id}`);
        return;
      }
      pause = Math.min(10_000, pause * 1.2);
      timer = window.setTimeout(() => void ask(), pause);
    };
    timer = window.setTimeout(() => void ask(), pause);
    return () => {
      clearTimeout(timer);
    };
  }, [tab.id, go]);
  return (
    <Sheet className="flex flex-col gap-4">
      <p className="m-0">{words.waitTab}</p>
      <SaveLink id={tab.id} token={tokenOf(tab.id)} />
      <a
        className={buttonClass('primary', 'min-h-11 self-start px-5')}
        href={tab.url}
        target="_blank"
        rel="noopener noreferrer"
      >
        <ExternalLink size={18} aria-hidden />
        {words.openTab}
      </a>
      <Go href={`/bookings/${tab.id}`} className="text-brand">
        {words.title}
      </Go>
    </Sheet>
  );
}
