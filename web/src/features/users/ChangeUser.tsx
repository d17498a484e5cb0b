import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Copy } from '@/shared/ui/Copy';
import { Overlay } from '@/shared/ui/Dialogs';
import { useToasts } from '@/shared/ui/Toasts';
import { RoleField } from './RoleField';

type User = Schema['UserView'];

/** Role, access, a new password, the end of all sessions. */
export function ChangeUser({ user, onClose }: { user: User; onClose: () => void }) {
  const client = useQueryClient();
  const { userId } = useFrame();
  const tell = useToasts((t) => t.tell);
  const [role, setRole] = useState(user.role);
  const [password, setPassword] = useState<string | null>(null);
  // The first press asks, the second one does it.
  const [sure, setSure] = useState(false);
  const path = { id: user.id };
  const own = user.id === userId;
  const run = async (call: () => Promise<unknown>, done: string, stay = false) => {
    try {
      await call();
      tell(done);
      if (!stay) onClose();
    } catch (error) {
      tell(told(error), true);
    }
    await client.invalidateQueries({ queryKey: ['users'] });
  };
  const change = (body: Schema['UserChange']) =>
    unwrap(api.PATCH('/api/users/{id}', { params: { path }, body }));
  const reset = async () => {
    const found = await unwrap(api.POST('/api/users/{id}/reset', { params: { path }, body: {} }));
    setPassword(found.password ?? null);
  };
  return (
    <Overlay open onClose={onClose} title={user.name ?? user.email} note={user.email}>
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-3">
          <RoleField role={role} setRole={setRole} />
          <Button
            className="self-start"
            disabled={own || role === user.role}
            onClick={() => void run(() => change({ role }), t`${user.email} is ${role} now.`)}
          >
            {t('Change role')}
          </Button>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            onClick={() => void run(reset, t('A new password was made. All sessions ended.'), true)}
          >
            {t('New password')}
          </Button>
          <Button
            onClick={() =>
              void run(
                () => unwrap(api.DELETE('/api/users/{id}/sessions', { params: { path } })),
                t('All sessions ended.'),
              )
            }
          >
            {t('End sessions')}
          </Button>
          <Button
            onClick={() =>
              void run(
                () => unwrap(api.DELETE('/api/users/{id}/totp', { params: { path } })),
                t('Two-factor login removed. They now log in with the password only.'),
                true,
              )
            }
          >
            {t('Remove two-factor login')}
          </Button>
          <Button
            kind={user.disabled ? 'plain' : 'danger'}
            disabled={own}
            title={own ? t('Nobody locks themselves out') : undefined}
            onClick={() => {
              if (user.disabled || sure)
                void run(
                  () => change({ disabled: !user.disabled }),
                  user.disabled ? t('Access is given back.') : t('Access is taken away.'),
                );
              else setSure(true);
            }}
          >
            {user.disabled
              ? t('Enable')
              : sure
                ? t('Disable, and end all sessions')
                : t('Disable…')}
          </Button>
        </div>
        <p className="m-0 text-table">
          <Link
            className="inline-flex min-h-6 items-center text-brand"
            to={`/app/audit?actor=${user.id}`}
          >
            {t('What they did, in the audit')}
          </Link>
        </p>
        {password && (
          <p
            role="status"
            className="m-0 flex flex-wrap items-center gap-2 rounded-card bg-info-soft px-4 py-3 text-info"
          >
            {t('Shown once:')} <code className="wrap-anywhere">{password}</code>
            <Copy text={password} what={t('password')} />
          </p>
        )}
      </div>
    </Overlay>
  );
}
