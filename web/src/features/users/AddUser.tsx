import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, unwrap } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Overlay } from '@/shared/ui/Dialogs';
import { Field } from '@/shared/ui/Fields';
import { useToasts } from '@/shared/ui/Toasts';
import { RoleField } from './RoleField';

/** A user with a first password, which they change themselves. */
export function AddUser({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const tell = useToasts((t) => t.tell);
  const [form, setForm] = useState({ email: '', name: '', password: '', role: 'viewer' });
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const set = (part: Partial<typeof form>) => {
    setForm({ ...form, ...part });
  };
  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const { name, ...rest } = form;
      await unwrap(api.POST('/api/users', { body: { ...rest, name: name.trim() || null } }));
      await client.invalidateQueries({ queryKey: ['users'] });
      tell(t`${form.email} may log in now.`);
      onClose();
    } catch (error) {
      setProblem(told(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Overlay open onClose={onClose} title={t('Add user')} shape="middle">
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
          required
          autoComplete="off"
          value={form.email}
          onChange={(e) => {
            set({ email: e.target.value });
          }}
        />
        <Field
          label={t('Name')}
          autoComplete="off"
          value={form.name}
          onChange={(e) => {
            set({ name: e.target.value });
          }}
        />
        <RoleField
          role={form.role}
          setRole={(role) => {
            set({ role });
          }}
        />
        <Field
          label={t('Password')}
          type="password"
          required
          minLength={12}
          maxLength={256}
          autoComplete="new-password"
          hint={t('12 to 256 characters. They change it on their Account page.')}
          value={form.password}
          onChange={(e) => {
            set({ password: e.target.value });
          }}
        />
        {problem && (
          <p role="alert" className="m-0 text-bad">
            {problem}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {t('Add user')}
          </Button>
        </div>
      </form>
    </Overlay>
  );
}
