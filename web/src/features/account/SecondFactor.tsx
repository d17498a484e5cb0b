import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Card } from '@/shared/ui/Card';
import { Field } from '@/shared/ui/Fields';
import { Tile } from '@/shared/ui/Tile';
import { useToasts } from '@/shared/ui/Toasts';

/** Codes of an authenticator app, asked for at each log-in. */
export function SecondFactor() {
  const query = useQuery({
    queryKey: ['second-factor'],
    queryFn: () => unwrap(api.GET('/api/auth/me')),
  });
  return (
    <Card
      title={t('Two-factor login')}
      note={t('A code from an authenticator app, in addition to the password.')}
    >
      <Tile query={query} what={t('the second factor')}>
        {({ totp }) => (totp ? <TurnOff /> : <SetUp />)}
      </Tile>
    </Card>
  );
}

/** One field and a button; what went wrong stands below. */
function OneField({
  label,
  hint,
  button,
  secret,
  send,
}: {
  label: string;
  hint: string;
  button: string;
  secret?: boolean;
  send: (value: string) => Promise<void>;
}) {
  const [value, setValue] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await send(value.trim());
      setValue('');
    } catch (error) {
      setProblem(told(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="flex max-w-sm flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Field
        label={label}
        type={secret ? 'password' : 'text'}
        autoComplete={secret ? 'current-password' : 'one-time-code'}
        required
        maxLength={256}
        hint={hint}
        problem={problem}
        value={value}
        onChange={(event) => {
          setValue(event.target.value);
        }}
      />
      <Button type="submit" kind={secret ? 'plain' : 'primary'} className="self-start" busy={busy}>
        {button}
      </Button>
    </form>
  );
}

function SetUp() {
  const client = useQueryClient();
  const [begun, setBegun] = useState<Schema['Enrolment'] | null>(null);
  const [recovery, setRecovery] = useState<string[] | null>(null);
  if (recovery) {
    return (
      <div className="flex flex-col gap-3">
        <p className="m-0">
          {t(
            'Two-factor login is on. Each of these codes logs you in once if you lose the app. They are not shown again.',
          )}
        </p>
        <ul className="m-0 list-none p-0 font-mono">
          {recovery.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <Button
          className="self-start"
          onClick={() => void client.invalidateQueries({ queryKey: ['second-factor'] })}
        >
          {t('I saved them')}
        </Button>
      </div>
    );
  }
  if (!begun) {
    return (
      <OneField
        label={t('Current password')}
        hint={t('You then scan a code with your authenticator app.')}
        button={t('Set up')}
        secret
        send={async (current_password) => {
          const view = await unwrap(api.POST('/api/auth/totp', { body: { current_password } }));
          if ('secret' in view) setBegun(view);
        }}
      />
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <p className="m-0">
        <a href={begun.uri}>{t('Open it in the authenticator app')}</a>{' '}
        {t('of this device, or type this secret there:')}
      </p>
      <code className="font-mono break-all">{begun.secret}</code>
      <OneField
        label={t('Code')}
        hint={t('The six digits that the app shows now.')}
        button={t('Turn on')}
        send={async (code) => {
          const view = await unwrap(api.POST('/api/auth/totp', { body: { code } }));
          if ('recovery_codes' in view) setRecovery(view.recovery_codes);
        }}
      />
    </div>
  );
}

function TurnOff() {
  const client = useQueryClient();
  const tell = useToasts((t) => t.tell);
  return (
    <div className="flex flex-col gap-4">
      <p className="m-0">{t('Two-factor login is on.')}</p>
      <OneField
        label={t('Code to turn it off')}
        hint={t('From the app, or a recovery code.')}
        button={t('Turn off')}
        send={async (code) => {
          await unwrap(api.POST('/api/auth/totp/off', { body: { code } }));
          tell(t('Two-factor login is off.'));
          await client.invalidateQueries({ queryKey: ['second-factor'] });
        }}
      />
    </div>
  );
}
