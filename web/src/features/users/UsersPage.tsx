import { useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useId, useState } from 'react';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { useList } from '@/shared/api/useList';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Copy } from '@/shared/ui/Copy';
import { Overlay } from '@/shared/ui/Dialogs';
import { Field } from '@/shared/ui/Fields';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { useToasts } from '@/shared/ui/Toasts';

type User = Schema['UserView'];

const ROLES = ['admin', 'sales', 'viewer'];

const COLUMNS: Column<User>[] = [
  { key: 'name', head: t('Name'), cell: (r) => r.name ?? r.email, value: (r) => r.name ?? r.email },
  { key: 'email', head: t('E-mail'), cell: (r) => r.email, value: (r) => r.email },
  { key: 'role', head: t('Role'), cell: (r) => sentence(r.role), value: (r) => r.role },
  {
    key: 'state',
    head: t('Access'),
    cell: (r) =>
      r.disabled ? (
        <Badge tone="bad">{t('Disabled')}</Badge>
      ) : (
        <Badge tone="ok">{t('Active')}</Badge>
      ),
    value: (r) => (r.disabled ? 'disabled' : 'active'),
  },
];

/** Who may in? */
export default function UsersPage() {
  const [adding, setAdding] = useState(false);
  const [opened, setOpened] = useState<User | null>(null);
  const list = useList<User>(['users'], (cursor) =>
    unwrap(
      api.GET('/api/users', { params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } } }),
    ),
  );
  const add = (
    <Button
      kind="primary"
      onClick={() => {
        setAdding(true);
      }}
    >
      <Plus size={16} aria-hidden />
      {t('Add user')}
    </Button>
  );
  return (
    <Page
      title={t('Users')}
      note={t('An admin does everything, sales sees its own figures, a viewer reads.')}
      tools={add}
    >
      <Card>
        <Tile query={list.query} what={t('the users')}>
          {() => (
            <Table
              name={t('users')}
              columns={COLUMNS}
              rows={list.rows}
              rowKey={(r) => r.id}
              onOpen={setOpened}
              more={list.more}
              csvHref="/api/users?format=csv"
              total={list.total}
              empty={<Empty action={add}>{t('No users yet.')}</Empty>}
            />
          )}
        </Tile>
      </Card>
      {adding && (
        <AddUser
          onClose={() => {
            setAdding(false);
          }}
        />
      )}
      {opened && (
        <Change
          user={opened}
          onClose={() => {
            setOpened(null);
          }}
        />
      )}
    </Page>
  );
}

function RoleField({ role, setRole }: { role: string; setRole: (role: string) => void }) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-table font-medium">
        {t('Role')}
      </label>
      <select
        id={id}
        className="control"
        value={role}
        onChange={(event) => {
          setRole(event.target.value);
        }}
      >
        {ROLES.map((name) => (
          <option key={name} value={name}>
            {sentence(name)}
          </option>
        ))}
      </select>
    </div>
  );
}

function AddUser({ onClose }: { onClose: () => void }) {
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

/** Role, access, a new password, the end of all sessions. */
function Change({ user, onClose }: { user: User; onClose: () => void }) {
  const client = useQueryClient();
  const { userId } = useFrame();
  const tell = useToasts((t) => t.tell);
  const [role, setRole] = useState(user.role);
  const [password, setPassword] = useState<string | null>(null);
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
            disabled={role === user.role}
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
            kind={user.disabled ? 'plain' : 'danger'}
            disabled={own}
            title={own ? t('Nobody locks themselves out') : undefined}
            onClick={() =>
              void run(
                () => change({ disabled: !user.disabled }),
                user.disabled ? t('Access is given back.') : t('Access is taken away.'),
              )
            }
          >
            {user.disabled ? t('Enable') : t('Disable')}
          </Button>
        </div>
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
