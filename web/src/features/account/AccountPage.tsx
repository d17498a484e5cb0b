import { useState } from 'react';
import { api, unwrap } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { chooseLanguage, LANGUAGE, LANGUAGES, type Language } from '@/shared/i18n/language';
import { t } from '@/shared/i18n/t';
import { usePreferences, type Density, type Theme } from '@/shared/theme';
import { Button } from '@/shared/ui/Button';
import { Card } from '@/shared/ui/Card';
import { Field } from '@/shared/ui/Fields';
import { Page } from '@/shared/ui/Page';
import { useToasts } from '@/shared/ui/Toasts';
import { Choice } from './Choice';
import { Myself } from './Myself';
import { SecondFactor } from './SecondFactor';
import { Sessions } from './Sessions';

/** My access. */
export default function AccountPage() {
  const { theme, setTheme, density, setDensity, keys, setKeys } = usePreferences();
  return (
    <Page title={t('Account')}>
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
        <div className="flex flex-col gap-4">
          <Myself />
          <Card title={t('Preferences')} note={t('Kept in this browser.')}>
            <div className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-6 gap-y-2 text-table">
              <Choice
                label={t('Language')}
                value={LANGUAGE}
                options={LANGUAGES}
                onChange={(next) => {
                  chooseLanguage(next as Language);
                  location.reload();
                }}
              />
              <Choice
                label={t('Theme')}
                value={theme}
                options={[
                  ['system', t('As the system')],
                  ['light', t('Light')],
                  ['dark', t('Dark')],
                ]}
                onChange={(next) => {
                  setTheme(next as Theme);
                }}
              />
              <Choice
                label={t('Rows')}
                value={density}
                options={[
                  ['comfortable', t('Comfortable')],
                  ['compact', t('Compact')],
                ]}
                onChange={(next) => {
                  setDensity(next as Density);
                }}
              />
              <Choice
                label={t('Single keys')}
                value={keys ? 'on' : 'off'}
                options={[
                  ['on', t('On')],
                  ['off', t('Off')],
                ]}
                onChange={(next) => {
                  setKeys(next === 'on');
                }}
              />
            </div>
          </Card>
          <Sessions />
        </div>
        <div className="flex flex-col gap-4">
          <Password />
          <SecondFactor />
        </div>
      </div>
    </Page>
  );
}

function Password() {
  const tell = useToasts((t) => t.tell);
  const [now, setNow] = useState('');
  const [next, setNext] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await unwrap(
        api.POST('/api/auth/password', { body: { current_password: now, new_password: next } }),
      );
      setNow('');
      setNext('');
      tell(t('The password is changed. Your other sessions ended.'));
    } catch (error) {
      setProblem(told(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title={t('Password')}>
      <form
        className="flex max-w-sm flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field
          label={t('Current password')}
          type="password"
          autoComplete="current-password"
          required
          value={now}
          onChange={(e) => {
            setNow(e.target.value);
          }}
        />
        <Field
          label={t('New password')}
          type="password"
          autoComplete="new-password"
          required
          minLength={12}
          maxLength={256}
          hint={t('12 to 256 characters.')}
          value={next}
          onChange={(e) => {
            setNext(e.target.value);
          }}
        />
        {problem && (
          <p role="alert" className="m-0 text-bad">
            {problem}
          </p>
        )}
        <Button type="submit" kind="primary" className="self-start" busy={busy}>
          {t('Change password')}
        </Button>
      </form>
    </Card>
  );
}
