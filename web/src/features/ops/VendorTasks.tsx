import { useState } from 'react';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { sentence } from '@/shared/format/words';
import { useIsPast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Badge, type Tone } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Overlay } from '@/shared/ui/Dialogs';
import { Filter } from '@/shared/ui/Fields';
import { Id } from '@/shared/ui/Id';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { useRule, useTasks, type Task } from './tasks';

const TONES: Record<string, Tone> = { pending: 'info', done: 'ok', failed: 'bad', manual: 'warn' };
const WORDS: Record<string, string> = {
  pending: t('Being deleted'),
  done: t('Deleted'),
  failed: t('Refused'),
  manual: t('By hand'),
};
const ACTIONS: Record<string, string> = {
  delete_contact: t('Delete the contact'),
  delete_response: t('Delete the response'),
  delete_invitee: t('Delete the invitee'),
};

const COLUMNS: Column<Task>[] = [
  {
    key: 'what',
    head: t('What is to go'),
    cell: (r) => `${sentence(r.vendor)}: ${ACTIONS[r.action] ?? sentence(r.action)}`,
    value: (r) => `${r.vendor} ${r.action}`,
  },
  {
    key: 'status',
    head: t('Status'),
    cell: (r) => <Badge tone={TONES[r.status] ?? 'plain'}>{WORDS[r.status] ?? r.status}</Badge>,
    value: (r) => r.status,
  },
  {
    key: 'id',
    head: t('Vendor’s id'),
    cell: (r) => <Id id={r.id} />,
    value: (r) => r.id,
  },
  {
    key: 'why',
    head: t('Why it is not done'),
    cell: (r) => r.reason ?? '–',
    value: (r) => r.reason,
  },
  {
    key: 'asked',
    head: t('Asked'),
    cell: (r) => <Time at={r.created_at} />,
    value: (r) => r.created_at,
  },
  {
    key: 'changed',
    head: t('Changed'),
    cell: (r) => <Time at={r.changed_at} />,
    value: (r) => r.changed_at,
  },
];

/** What erasures still have the vendors delete, and what an admin does about it. */
export function VendorTasks() {
  const past = useIsPast();
  const rule = useRule();
  const [shown, show] = useQueryState(
    'deletions',
    parseAsStringLiteral(['open', 'done'] as const).withDefault('open'),
  );
  const [closing, setClosing] = useState<Task | null>(null);
  const query = useTasks(shown);
  const actions: Column<Task> = {
    key: 'do',
    head: t('To do'),
    cell: (task) => (
      <span className="flex flex-wrap gap-2">
        <Button
          onClick={() => {
            setClosing(task);
          }}
        >
          {t('Done…')}
        </Button>
        {task.status !== 'pending' && (
          <Button onClick={() => void rule(task, 'retry', t('The vendor is asked again.'))}>
            {t('Try again')}
          </Button>
        )}
      </span>
    ),
  };
  return (
    <Card
      title={<span id="vendor-tasks">{t('Deletions at vendors')}</span>}
      note={t('What an erasure leaves at the vendors, oldest first.')}
      actions={
        <Filter
          label={t('Show')}
          value={shown}
          options={[
            ['open', t('Open')],
            ['done', t('Done')],
          ]}
          onChange={(next) => void show(next as 'open' | 'done')}
        />
      }
    >
      <Tile query={query} what={t('the deletions')}>
        {(tasks) => (
          <Table
            name={t('vendor tasks')}
            sortName="tasks"
            columns={shown === 'open' && !past ? [...COLUMNS, actions] : COLUMNS}
            rows={tasks}
            rowKey={(r) => r.task_id}
            csvHref={shown === 'done' ? '/api/privacy/tasks?status=done&format=csv' : undefined}
            empty={
              <Empty>
                {shown === 'open'
                  ? t('No vendor still holds an erased person ✓')
                  : t('Nothing was deleted at a vendor yet.')}
              </Empty>
            }
          />
        )}
      </Tile>
      {closing && (
        <Closing
          task={closing}
          onClose={() => {
            setClosing(null);
          }}
        />
      )}
    </Card>
  );
}

/** Closing a task can't be undone, so it asks for a confirmation. */
function Closing({ task, onClose }: { task: Task; onClose: () => void }) {
  const rule = useRule();
  const [busy, setBusy] = useState(false);
  const close = async () => {
    setBusy(true);
    await rule(task, 'done', t('The task is closed.'));
    onClose();
  };
  return (
    <Overlay open onClose={onClose} title={t('Is it deleted?')} shape="middle">
      <div className="flex flex-col gap-4">
        <p className="m-0">
          {t`Say so once you have deleted the record at ${sentence(task.vendor)} yourself. The task does not open again, and the audit keeps who said it.`}
        </p>
        <code className="wrap-anywhere">{task.id}</code>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('Keep it open')}</Button>
          <Button kind="primary" busy={busy} onClick={() => void close()}>
            {t('It is deleted')}
          </Button>
        </div>
      </div>
    </Overlay>
  );
}
