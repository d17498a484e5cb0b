import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { told } from '@/shared/api/told';
import { candidates, contact, reject, type Candidate, type Decision } from '@/shared/api/people';
import { useList } from '@/shared/api/useList';
import { count, maskedPhone, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty, Facts } from '@/shared/ui/Card';
import { buttonClass } from '@/shared/ui/classes';
import { Field } from '@/shared/ui/Fields';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { useToasts } from '@/shared/ui/Toasts';
import { DecideDialog } from './DecideDialog';
import { DecisionLog } from './DecisionLog';
import { evidenceWord, shortRecord } from './kinds';
import { masked } from './masked';

const NOW = { as_of: null, known_at: null };

const pairKey = (pair: Candidate): string => pair.contact_ids.join(' ');

/** Are these two the same? */
export default function ReviewPage() {
  const list = useList<Candidate>(['candidates'], candidates);
  const [opened, setOpened] = useState<string | null>(null);
  // The receipt outlives its pair, which is gone from the list as soon as it is merged.
  const [deciding, setDeciding] = useState<Decision | null>(null);
  const [first] = list.rows;
  const open = opened ?? (first ? pairKey(first) : null);
  return (
    <Page
      title={t('Review')}
      note={t(
        'Pairs of contacts that may be one person. Nothing is merged unless somebody says so, and every merge can be taken back.',
      )}
    >
      <Tile query={list.query} what={t('the pairs')} height="h-96">
        {() =>
          list.rows.length === 0 ? (
            <Card>
              <Empty
                action={
                  <Link className={buttonClass('primary')} to="/app/customers">
                    {t('All customers')}
                  </Link>
                }
              >
                {t('No doubtful pairs ✓')}
              </Empty>
            </Card>
          ) : (
            <ul className="m-0 flex list-none flex-col gap-3 p-0">
              {list.rows.map((pair) => (
                <li key={pairKey(pair)}>
                  <Pair
                    pair={pair}
                    open={pairKey(pair) === open}
                    onOpen={() => {
                      setOpened(pairKey(pair));
                    }}
                    onMerge={setDeciding}
                  />
                </li>
              ))}
            </ul>
          )
        }
      </Tile>
      {list.more && (
        <Button className="self-center" busy={list.more.busy} onClick={list.more.load}>
          {t('Load more')}
        </Button>
      )}
      <DecisionLog onUndo={setDeciding} />
      {deciding && (
        <DecideDialog
          decision={deciding}
          title={deciding.kind === 'merge' ? t('Merge two contacts') : t('Take a decision back')}
          onClose={() => {
            setDeciding(null);
          }}
        />
      )}
    </Page>
  );
}

function Pair({
  pair,
  open,
  onOpen,
  onMerge,
}: {
  pair: Candidate;
  open: boolean;
  onOpen: () => void;
  onMerge: (decision: Decision) => void;
}) {
  const evidence = pair.evidence
    .map((part) => [evidenceWord(part.kind), part.value].filter(Boolean).join(' '))
    .join(', ');
  return (
    <Card
      title={<span className="wrap-anywhere">{evidence || t('Alike')}</span>}
      actions={
        <>
          {pair.score !== null && pair.score !== undefined && (
            <Badge tone="info">{t`${count(pair.score)} of 100`}</Badge>
          )}
          {!open && <Button onClick={onOpen}>{t('Look')}</Button>}
        </>
      }
    >
      {open && <Sides pair={pair} onMerge={onMerge} />}
    </Card>
  );
}

/** The two beside each other, and what can be decided. */
function Sides({ pair, onMerge }: { pair: Candidate; onMerge: (decision: Decision) => void }) {
  const client = useQueryClient();
  const tell = useToasts((t) => t.tell);
  const [a = '', b = ''] = pair.contact_ids;
  const [into, setInto] = useState(a);
  const [reason, setReason] = useState('');
  const apart = async () => {
    try {
      await reject(pair.contact_ids);
      tell(t('Kept apart. This pair does not come back.'));
      await client.invalidateQueries({ queryKey: ['candidates'] });
    } catch (error) {
      tell(told(error), true);
    }
  };
  return (
    <div className="flex flex-col gap-4">
      <fieldset className="m-0 grid gap-4 border-0 p-0 sm:grid-cols-2">
        <legend className="sr-only">{t('Whose id stays')}</legend>
        {[a, b].map((id) => (
          <Side
            key={id}
            id={id}
            stays={into === id}
            onStay={() => {
              setInto(id);
            }}
          />
        ))}
      </fieldset>
      <div className="flex flex-wrap items-end gap-3">
        <Field
          label={t('Reason')}
          className="min-w-[min(15rem,100%)] flex-1"
          maxLength={200}
          hint={t('It stands in the log of merges.')}
          value={reason}
          onChange={(event) => {
            setReason(event.target.value);
          }}
        />
        <Button
          kind="primary"
          disabled={reason.trim() === ''}
          title={reason.trim() === '' ? t('Give a reason first') : undefined}
          onClick={() => {
            onMerge({ kind: 'merge', into, from: into === a ? b : a, reason: reason.trim() });
          }}
        >
          {t('Merge…')}
        </Button>
        <Button onClick={() => void apart()}>{t('Not the same')}</Button>
      </div>
    </div>
  );
}

function Side({ id, stays, onStay }: { id: string; stays: boolean; onStay: () => void }) {
  const query = useQuery(contact(id, NOW));
  return (
    <div className="min-w-0 rounded-card border border-line p-3">
      <label className="mb-2 flex min-h-6 items-center gap-2 text-table">
        <input type="radio" checked={stays} onChange={onStay} name={`stays-${id}`} />
        {t('Keeps their id')}
      </label>
      <Tile query={query} what={t('the contact')}>
        {(person) => (
          <Facts
            items={[
              [
                t('Name'),
                <Link
                  key="n"
                  className="inline-flex min-h-6 items-center text-brand"
                  to={`/app/contacts/${id}`}
                >
                  {person.name ?? t('Without a name')}
                </Link>,
              ],
              [t('E-mails'), person.emails.map(masked).join(', ') || NONE],
              [t('Phones'), person.phones.map(maskedPhone).join(', ') || NONE],
              [
                t('Records'),
                person.records
                  .map((one) => `${sentence(one.vendor)} ${shortRecord(one.id)}`)
                  .join(', ') || NONE,
              ],
              [t('First contact'), <Time key="f" at={person.first_contact_date} />],
              [t('Steps'), count(person.journey.length)],
            ]}
          />
        )}
      </Tile>
    </div>
  );
}
