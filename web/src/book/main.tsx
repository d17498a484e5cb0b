import { StrictMode, useCallback, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import '@/shared/ui/tokens.css';
import { api, unwrap } from '@/shared/api/client';
import { chooseLanguage, language, LANGUAGES, type Language } from '@/shared/i18n/language';
import { knownZone, learnNow, ownZone } from '@/shared/time';
import { Book } from './Book';
import { BookingPage } from './BookingPage';
import { ReaderProvider, useReader, type Reader } from './context';
import { Go, Headline } from './parts';
import { Recover } from './Recover';
import { arrive, type Arrival } from './token';
import { wordsOf } from './words';

const first = arrive(location, history);

/** The view of a path. */
function View({ path, arrival }: { path: string; arrival: Arrival }) {
  const [, root, name] = path.split('/');
  if (root === 'bookings' && name) return <BookingPage key={name} id={name} arrival={arrival} />;
  if (root === 'recover') return <Recover />;
  if (root === 'book') return <Book key={name} chosen={name ?? null} />;
  return <Lost />;
}

/** Page for unknown addresses, with a link to book. */
function Lost() {
  const { words } = useReader();
  return (
    <div className="flex flex-col items-start gap-4">
      <Headline>{words.lost}</Headline>
      <Go href="/recover" className="text-brand">
        {words.findMine}
      </Go>
    </div>
  );
}

/** What can be booked and whose it is; pages of bookings work without. Another page asks again where it is not known. */
function useShop(path: string): Pick<Reader, 'shop' | 'problem'> {
  const [found, set] = useState<Pick<Reader, 'shop' | 'problem'>>({ shop: null, problem: null });
  const { shop: known } = found;
  useEffect(() => {
    if (known) return;
    unwrap(api.GET('/api/session-types'))
      .then((shop) => {
        if (shop.as_of) learnNow(shop.as_of);
        set({ shop, problem: null });
      })
      .catch((problem: unknown) => {
        set({ shop: null, problem });
      });
  }, [path, known]);
  return found;
}

const none: Arrival = { token: null, payment: null, session: null };

function Page() {
  const [path, setPath] = useState(location.pathname);
  const [arrival, setArrival] = useState(first);
  const [chosen, setChosen] = useState<Language>(language);
  const [zone, setZone] = useState(() => knownZone(ownZone()));
  const words = wordsOf(chosen);
  const { shop, problem } = useShop(path);
  const business = shop?.business;
  const go = useCallback((next: string) => {
    history.pushState(null, '', next);
    setArrival(none);
    setPath(location.pathname);
    scrollTo(0, 0);
  }, []);
  useEffect(() => {
    const back = () => {
      setArrival(arrive(location, history));
      setPath(location.pathname);
    };
    addEventListener('popstate', back);
    addEventListener('hashchange', back);
    return () => {
      removeEventListener('popstate', back);
      removeEventListener('hashchange', back);
    };
  }, []);
  useEffect(() => {
    document.documentElement.lang = chosen === 'es' ? 'es' : 'en';
    const root = path.split('/')[1];
    document.title =
      root === 'bookings' ? words.title : root === 'recover' ? words.findMine : words.business;
  }, [chosen, words, path]);
  const reader = useMemo(
    () => ({
      words,
      language: chosen,
      locale: navigator.languages.find((tag) => tag.startsWith(chosen)) ?? chosen,
      zone,
      setZone,
      go,
      shop,
      problem,
    }),
    [words, chosen, zone, go, shop, problem],
  );
  return (
    <ReaderProvider value={reader}>
      <div className="mx-auto flex min-h-dvh max-w-2xl flex-col px-4 text-customer sm:px-6">
        <header className="flex flex-wrap items-center justify-between gap-4 py-5">
          <Go
            href="/book"
            className="inline-flex items-center gap-2 font-semibold text-ink no-underline"
          >
            <img src="/favicon.svg" alt="" width={28} height={28} />
            {business?.name ?? words.business}
          </Go>
          <select
            aria-label="Language · Idioma"
            className="control"
            value={chosen}
            onChange={(event) => {
              const next = event.target.value as Language;
              setChosen(next);
              chooseLanguage(next);
            }}
          >
            {LANGUAGES.map(([name, word]) => (
              <option key={name} value={name}>
                {word}
              </option>
            ))}
          </select>
        </header>
        <main className="flex-1 pt-4 pb-12">
          <View path={path} arrival={arrival} />
        </main>
        <footer className="flex flex-wrap gap-x-6 gap-y-2 border-t border-line py-5 text-table text-ink-3">
          <Go href="/recover" className="inline-flex min-h-6 items-center text-ink-2">
            {words.findMine}
          </Go>
          {business?.contact_email && (
            <a
              href={`mailto:${business.contact_email}`}
              className="inline-flex min-h-6 items-center text-ink-2"
            >
              {words.writeUs}
            </a>
          )}
          {business?.privacy_url && (
            <a
              href={business.privacy_url}
              rel="noopener noreferrer"
              target="_blank"
              className="inline-flex min-h-6 items-center text-ink-2"
            >
              {words.privacy}
            </a>
          )}
        </footer>
      </div>
    </ReaderProvider>
  );
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Page />
    </StrictMode>,
  );
}
