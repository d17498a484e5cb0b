import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { useList } from '@/shared/api/useList';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { AddUser } from './AddUser';
import { ChangeUser } from './ChangeUser';

type User = Schema['UserView'];

const columnsOf = (own: string): Column<User>[] => [
  {
    key: 'name',
    head: t('Name'),
    cell: (r) => (
      <span className="inline-flex items-center gap-2">
        {r.name ?? r.email} {r.id === own && <Badge tone="info">{t('You')}</Badge>}
      </span>
    ),
    value: (r) => r.name ?? r.email,
  },
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
  const { userId } = useFrame();
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
              columns={columnsOf(userId)}
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
        <ChangeUser
          user={opened}
          onClose={() => {
            setOpened(null);
          }}
        />
      )}
    </Page>
  );
}
