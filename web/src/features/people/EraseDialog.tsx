import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { told } from '@/shared/api/told';
import { erase, type Contact, type Erased } from '@/shared/api/people';
import { count } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Facts } from '@/shared/ui/Card';
import { Overlay } from '@/shared/ui/Dialogs';
import { Field } from '@/shared/ui/Fields';
import { Tile } from '@/shared/ui/Tile';

const WORD = 'ERASE';

/** Erasing a person: what goes, what stays, whom we ask; it wants a typed word and shows the scan. */
export function EraseDialog({ person, onClose }: { person: Contact; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [done, setDone] = useState<Erased | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const preview = useQuery({
    queryKey: ['erase-preview', person.contact_id],
    queryFn: () => erase(person.contact_id, true),
    staleTime: 0,
    enabled: done === null,
  });
  const run = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setDone(await erase(person.contact_id, false));
    } catch (error) {
      setProblem(told(error));
    } finally {
      setBusy(false);
    }
  };
  // Nothing that was shown of an erased person is kept in the page's memory.
  const leave = () => {
    client.removeQueries({ predicate: ({ queryKey: [name] }) => name !== 'me' && name !== 'meta' });
    void navigate('/app/customers', { replace: true });
  };
  return (
    <Overlay
      open
      onClose={done ? leave : onClose}
      title={t`Erase ${person.name ?? t('this person')}`}
    >
      <div className="flex flex-col gap-4">
        {done ? (
          <>
            <p role="status" className="m-0">
              <Badge tone="ok">{t('Erased')}</Badge>
            </p>
            <Report erased={done} done />
            <Button className="self-end" onClick={leave}>
              {t('To the customers')}
            </Button>
          </>
        ) : (
          <>
            <p className="m-0">
              {t(
                'Name, addresses, numbers, messages and raw bodies of this person go for good. Counts stay under an anonymous id, so no figure moves.',
              )}
            </p>
            <Tile query={preview} what={t('what goes')}>
              {(erased) => <Report erased={erased} />}
            </Tile>
            <Field
              label={t`Type ${WORD} to go on`}
              autoComplete="off"
              value={typed}
              problem={problem}
              onChange={(event) => {
                setTyped(event.target.value);
              }}
            />
            <div className="flex flex-wrap justify-end gap-2">
              <Button onClick={onClose}>{t('Keep the person')}</Button>
              <Button
                kind="danger"
                busy={busy}
                disabled={typed !== WORD || !preview.data}
                onClick={() => void run()}
              >
                {t('Erase for good')}
              </Button>
            </div>
          </>
        )}
      </div>
    </Overlay>
  );
}

/** What goes or went, what the search found, and which vendors are asked. */
function Report({ erased, done = false }: { erased: Erased; done?: boolean }) {
  const { scan, vendor_tasks: tasks } = erased;
  return (
    <div className="flex flex-col gap-3">
      <Facts
        items={Object.entries(erased.erased)
          // What a preview has not counted is not nothing.
          .filter(([, value]) => done || value > 0)
          .map(([name, value]): [string, string] => [sentence(name), count(value)])}
      />
      <p className="m-0">
        {t`${count(scan.objects)} objects, ${count(scan.rows)} rows of tables and ${count(scan.items)} items of the store searched; the person is in ${count(scan.hits)} of them.`}{' '}
        {done && scan.hits === 0 && <Badge tone="ok">{t('Nothing left')}</Badge>}
        {scan.in_tables > 0 && t`${count(scan.in_tables)} are tables or their files.`}{' '}
        {erased.rebuild_due && t('The next run builds the tables again without the person.')}
      </p>
      {tasks.length > 0 && (
        <Facts
          items={tasks.map((task): [string, string] => [
            sentence(task.vendor),
            `${sentence(task.action)}: ${task.status}`,
          ])}
        />
      )}
    </div>
  );
}
