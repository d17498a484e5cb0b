import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { api, unwrap } from '@/shared/api/client';
import { useExpired } from '@/shared/api/expired';
import { useDemo } from '@/shared/demo';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { LoginForm } from './LoginForm';
import { loginProblem } from './problem';

interface Demo {
  logins: { role: string; email: string; password: string }[];
}

/** The demo's logins; only `serve --demo` tells them. */
async function demo(): Promise<Demo | null> {
  const response = await fetch('/local/demo').catch(() => null);
  const json = response?.headers.get('content-type')?.startsWith('application/json');
  return response?.ok && json ? ((await response.json()) as Demo) : null;
}

/** A way back that stays on these pages. */
const within = (path: string | null): string => (path?.startsWith('/app') ? path : '/app');

export function LoginPage() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [params] = useSearchParams();
  const [busy, setBusy] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const logins = useQuery({ queryKey: ['demo'], queryFn: demo, staleTime: Infinity });
  const done = () => {
    client.clear();
    useExpired.getState().set(false);
    void navigate(within(params.get('to')), { replace: true });
  };
  useEffect(() => {
    document.title = t('Log in · Bookpath');
  }, []);
  const enter = async (role: string, email: string, password: string) => {
    setBusy(role);
    try {
      await unwrap(api.POST('/api/auth/login', { body: { email, password } }));
      useDemo.getState().begin();
      done();
    } catch (error) {
      setProblem(loginProblem(error));
      setBusy(null);
    }
  };
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center gap-6 px-4 py-10">
      <header className="flex items-center gap-3">
        <img src="/favicon.svg" alt="" width={36} height={36} />
        <h1 className="m-0 text-title font-semibold">{t('Log in to Bookpath')}</h1>
      </header>
      <div className="rounded-sheet border border-line bg-surface p-6">
        <LoginForm onDone={done} />
      </div>
      {logins.data && (
        <section
          aria-label={t('Demo logins')}
          className="rounded-sheet border border-line bg-surface p-6"
        >
          <h2 className="m-0 text-body font-semibold">{t('This is a demo')}</h2>
          <p className="m-0 mt-1 mb-3 text-table text-ink-2">{t('Try the demo as:')}</p>
          <div className="flex flex-wrap gap-2">
            {logins.data.logins.map(({ role, email, password }) => (
              <Button
                key={role}
                busy={busy === role}
                className="capitalize"
                onClick={() => void enter(role, email, password)}
              >
                {role}
              </Button>
            ))}
          </div>
          {problem && (
            <p role="alert" className="m-0 mt-3 text-bad">
              {problem}
            </p>
          )}
        </section>
      )}
      <p className="m-0 text-table text-ink-2">
        {t('Are you a customer?')}{' '}
        <a className="text-brand" href="/book">
          {t('Book a session')}
        </a>{' '}
        {t('or')}{' '}
        <a className="whitespace-nowrap text-brand" href="/recover">
          {t('find your booking')}
        </a>
        .
      </p>
    </main>
  );
}
