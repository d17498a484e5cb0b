import { useState } from 'react';
import { api, ApiError, unwrap } from '@/shared/api/client';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Field } from '@/shared/ui/Fields';
import { loginProblem } from './problem';

export function LoginForm({ email: known = '', onDone }: { email?: string; onDone: () => void }) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [caps, setCaps] = useState(false);
  /** `null` until the server asks for it. */
  const [code, setCode] = useState<string | null>(null);
  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const body = { email: email.trim(), password, code: code?.trim() ?? null };
      await unwrap(api.POST('/api/auth/login', { body }));
      setPassword('');
      onDone();
    } catch (error) {
      if (error instanceof ApiError && error.code === 'code_required') setCode('');
      else setProblem(loginProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Field
        label={t('E-mail address')}
        type="email"
        name="email"
        autoComplete="username"
        required
        value={email}
        onChange={(event) => {
          setEmail(event.target.value);
        }}
      />
      <Field
        label={t('Password')}
        type="password"
        name="password"
        autoComplete="current-password"
        required
        value={password}
        hint={caps ? t('Caps Lock is on.') : undefined}
        onChange={(event) => {
          setPassword(event.target.value);
        }}
        onKeyUp={(event) => {
          setCaps(event.getModifierState('CapsLock'));
        }}
      />
      {code !== null && (
        <Field
          label={t('Code')}
          name="code"
          autoComplete="one-time-code"
          required
          maxLength={64}
          value={code}
          hint={t('Six digits of your authenticator app, or a recovery code.')}
          onChange={(event) => {
            setCode(event.target.value);
          }}
        />
      )}
      {problem && (
        <p role="alert" className="m-0 text-bad">
          {problem}
        </p>
      )}
      <Button type="submit" kind="primary" busy={busy}>
        {t('Log in')}
      </Button>
    </form>
  );
}
