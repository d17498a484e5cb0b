import { useEffect, useState } from 'react';
import { api, ApiError, unwrap } from '@/shared/api/client';
import { Button } from '@/shared/ui/Button';
import { Field } from '@/shared/ui/Field';
import { useReader } from './context';
import { Go, Headline, Note, Sheet } from './parts';
import { troubleOnce } from './trouble';

/** Seconds to wait after too many tries, where the answer does not say. */
const WAIT_S = 60;

/** A lost link is sent to the booking's own address. The answer never says whether there is one. */
export function Recover({ oldLink = false }: { oldLink?: boolean }) {
  const { words } = useReader();
  const [email, setEmail] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState(false);
  const [wait, setWait] = useState(0);
  useEffect(() => {
    if (wait === 0) return;
    const timer = setTimeout(() => {
      setWait(wait - 1);
    }, 1_000);
    return () => {
      clearTimeout(timer);
    };
  }, [wait]);
  const send = async () => {
    if (!/^\S+@\S+\.\S+$/.test(email.trim())) {
      setProblem(words.noEmail);
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      await unwrap(api.POST('/api/bookings/recover', { body: { email: email.trim() } }));
      setSent(true);
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0;
      if (error instanceof ApiError && status === 429) setWait(error.retryAfter ?? WAIT_S);
      else setProblem(status === 422 ? words.noEmail : troubleOnce(error, words));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="flex flex-col gap-6">
      <Headline>{words.recoverTitle}</Headline>
      {oldLink && <Note tone="warn">{words.oldLink}</Note>}
      <Sheet>
        {sent ? (
          <div className="flex flex-col gap-4">
            <Note tone="ok">{words.sent}</Note>
            <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
              <Button
                className="min-h-11"
                onClick={() => {
                  setSent(false);
                }}
              >
                {words.another}
              </Button>
              <Go href="/book" className="inline-flex min-h-11 items-center text-brand">
                {words.business}
              </Go>
            </div>
          </div>
        ) : (
          <form
            noValidate
            className="flex flex-col gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              void send();
            }}
          >
            <p className="m-0 text-ink-2">{words.recoverText}</p>
            <Field
              label={words.email}
              className="[&_input]:min-h-11"
              type="email"
              name="email"
              autoComplete="email"
              inputMode="email"
              value={email}
              problem={wait > 0 ? words.tries(wait) : problem}
              onChange={(event) => {
                setEmail(event.target.value);
              }}
            />
            <Button
              type="submit"
              kind="primary"
              busy={busy}
              disabled={wait > 0}
              className="min-h-11 self-start px-5 text-customer"
            >
              {words.send}
            </Button>
          </form>
        )}
      </Sheet>
    </div>
  );
}
