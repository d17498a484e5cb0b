import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { told } from '@/shared/api/told';
import {
  candidates,
  contact,
  reject,
  type Candidate,
  type Contact,
  type Decision,
} from '@/shared/api/people';
import { useList } from '@/shared/api/useList';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { buttonClass } from '@/shared/ui/classes';
import { Field } from '@/shared/ui/Fields';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { useToasts } from '@/shared/ui/Toasts';
import { DecideDialog } from './DecideDialog';
import { DecisionLog } from './DecisionLog';
import { evidenceWord } from './kinds';
import { NOW, Side } from './Side';

const pairKey = (pair: Candidate): string => pair.contact_ids.join(' ');

/** Review of pairs of contacts that may be one person. */
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
      <Tile query={list.query} what={t('the pairs')} height="h-136">
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
  const [a = '', b = ''] = pair.contact_ids;
  // The names are read with the records, so of a closed pair only where somebody has opened it.
  const first = useQuery({ ...contact(a, NOW), enabled: open });
  const second = useQuery({ ...contact(b, NOW), enabled: open });
  const name = (person: Contact) => person.name ?? t('Without a name');
  return (
    <Card
      title={
        first.data && second.data
          ? t`${name(first.data)} and ${name(second.data)}`
          : t('Two contacts')
      }
      actions={
        <>
          {pair.score !== null && pair.score !== undefined && (
            <span className="text-table text-ink-2">{t`${count(pair.score)} % alike`}</span>
          )}
          {!open && <Button onClick={onOpen}>{t('Compare')}</Button>}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <ul aria-label={t('Evidence')} className="m-0 flex list-none flex-wrap gap-2 p-0">
          {pair.evidence.map((part) => (
            <li
              key={`${part.kind} ${part.value ?? ''}`}
              className="rounded-2xl bg-sunken px-2 py-0.5 text-meta text-ink-2 wrap-anywhere"
            >
              {evidenceWord(part.kind)} {part.value ?? ''}
            </li>
          ))}
        </ul>
        {open && <Sides pair={pair} onMerge={onMerge} />}
      </div>
    </Card>
  );
}

/** The two contacts side by side, with the buttons to decide. */
function Sides({ pair, onMerge }: { pair: Candidate; onMerge: (decision: Decision) => void }) {
  const client = useQueryClient();
  const tell = useToasts((t) => t.tell);
  const [a = '', b = ''] = pair.contact_ids;
  const [into, setInto] = useState(a);
  const [reason, setReason] = useState('');
  const [unmasked, setUnmasked] = useState(false);
  const without = reason.trim() === '';
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
            other={id === a ? b : a}
            unmasked={unmasked}
            stays={into === id}
            onStay={() => {
              setInto(id);
            }}
          />
        ))}
      </fieldset>
      <Button
        className="self-start"
        onClick={() => {
          setUnmasked(!unmasked);
        }}
      >
        {unmasked ? t('Hide addresses') : t('Show addresses')}
      </Button>
      <div className="flex flex-wrap items-start gap-3">
        <Field
          label={t('Reason')}
          className="min-w-[min(15rem,100%)] flex-1"
          maxLength={200}
          hint={
            without
              ? t('A merge needs one. It stands in the log of merges.')
              : t('It stands in the log of merges.')
          }
          value={reason}
          onChange={(event) => {
            setReason(event.target.value);
          }}
        />
        <Button
          kind="primary"
          className="sm:mt-6"
          disabled={without}
          title={without ? t('Give a reason first') : undefined}
          onClick={() => {
            onMerge({ kind: 'merge', into, from: into === a ? b : a, reason: reason.trim() });
          }}
        >
          {t('Merge…')}
        </Button>
        <Button className="sm:mt-6" onClick={() => void apart()}>
          {t('Not the same')}
        </Button>
      </div>
    </div>
  );
}
