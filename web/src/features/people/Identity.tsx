import { useState } from 'react';
import type { Contact, Edge, MergeEntry } from '@/shared/api/people';
import { count, maskedPhone, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame, useIsPast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Facts } from '@/shared/ui/Card';
import { Id } from '@/shared/ui/Id';
import { Time } from '@/shared/ui/Time';
import { decisionWord, evidenceWord, recordWord, shortRecord, whyNotWord } from './kinds';
import { masked } from './masked';

/** How we know that it is one person: addresses, records, the evidence that joins them, and what people decided. */
export function Identity({
  person,
  onUndo,
}: {
  person: Contact;
  onUndo: (entry: MergeEntry) => void;
}) {
  const { role } = useFrame();
  const isPast = useIsPast();
  const [shown, setShown] = useState(false);
  const emails = shown ? person.emails : person.emails.map(masked);
  const phones = shown ? person.phones : person.phones.map(maskedPhone);
  return (
    <Card
      title={t('Identity')}
      note={t`${count(person.records.length)} records`}
      actions={
        <Button
          onClick={() => {
            setShown(!shown);
          }}
        >
          {shown ? t('Hide addresses') : t('Show addresses')}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Facts
          items={[
            [t('E-mails'), emails.join(', ') || NONE],
            [t('Phones'), phones.join(', ') || NONE],
            [t('Also called'), person.aliases.join(', ') || NONE],
          ]}
        />
        <Records person={person} />
        {person.edges.length > 0 && <Edges edges={person.edges} shown={shown} />}
        {person.lost.length > 0 && <Lost person={person} shown={shown} />}
        {person.merge_log.length > 0 && (
          <section aria-label={t('Decisions')}>
            <h3 className="m-0 mb-1 text-table text-ink-3">{t('Decisions')}</h3>
            <ul className="m-0 flex list-none flex-col gap-2 p-0">
              {person.merge_log.map((entry) => (
                <li
                  key={entry.merge_id}
                  className="flex flex-wrap items-center justify-between gap-x-3"
                >
                  <span>
                    {decisionWord(entry.kind)}
                    {entry.reason ? `: ${entry.reason}` : ''}{' '}
                    <span className="text-ink-3">
                      <Time at={entry.at} />
                    </span>
                  </span>
                  {role === 'admin' && !isPast && entry.counts && entry.kind !== 'unmerge' && (
                    <Button
                      onClick={() => {
                        onUndo(entry);
                      }}
                    >
                      {t('Undo…')}
                    </Button>
                  )}
                  {!entry.counts && <Badge>{t('Taken back')}</Badge>}
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Card>
  );
}

function Records({ person }: { person: Contact }) {
  return (
    <section aria-label={t('Records')}>
      <h3 className="m-0 mb-1 text-table text-ink-3">{t('Records')}</h3>
      <ul className="m-0 flex list-none flex-col gap-1 p-0 text-table">
        {person.records.map((record) => (
          <li
            key={`${record.vendor} ${record.kind} ${record.id}`}
            className="flex items-baseline gap-2"
          >
            <span>
              {sentence(record.vendor)} {sentence(record.kind).toLowerCase()}
            </span>
            <span title={record.id} className="font-mono text-meta text-ink-3 wrap-anywhere">
              {shortRecord(record.id)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A vendor's name before an id, which is kept as it is. */
const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What a piece of evidence says, unless nobody asked for addresses. */
const said = (edge: Edge, shown: boolean): string | null => {
  const value = edge.value ?? null;
  if (value === null || edge.evidence === 'seen') return null;
  if (shown || edge.evidence === 'name') return value;
  return edge.evidence === 'phone' ? maskedPhone(value) : masked(value);
};

function Edges({ edges, shown }: { edges: Edge[]; shown: boolean }) {
  const telling = edges.filter((edge) => edge.counts && edge.evidence !== 'seen');
  const silent = edges.filter((edge) => !edge.counts);
  const line = (edge: Edge, at: number) => (
    <tr key={`${edge.edge_id ?? ''} ${String(at)}`} className="align-baseline">
      <td className="py-0.5 pe-3 wrap-anywhere">
        {evidenceWord(edge.evidence)} <span className="text-ink-2">{said(edge, shown)}</span>
        {!edge.counts && <span className="text-ink-3"> · {whyNotWord(edge.why_not)}</span>}
      </td>
      <td
        className="py-0.5 pe-3 text-ink-3 wrap-anywhere"
        title={shown ? (edge.subject ?? '') : ''}
      >
        {edge.subject ? upper(recordWord(edge.subject)) : ''}
      </td>
      <td className="py-0.5 text-end whitespace-nowrap text-ink-3">
        <Time at={edge.at} />
      </td>
    </tr>
  );
  const table = (edges: Edge[], name: string) => (
    <table aria-label={name} className="w-full border-collapse text-table">
      <thead className="sr-only">
        <tr>
          <th scope="col">{t('What')}</th>
          <th scope="col">{t('Where')}</th>
          <th scope="col">{t('When')}</th>
        </tr>
      </thead>
      <tbody>{edges.map(line)}</tbody>
    </table>
  );
  return (
    <section aria-label={t('Why one person')}>
      <h3 className="m-0 mb-1 text-table text-ink-3">{t('Why one person')}</h3>
      {table(telling, t('Evidence that joins'))}
      {silent.length > 0 && (
        <details className="mt-1">
          <summary className="min-h-6 text-table text-ink-2">{t`Evidence that joins nobody (${count(silent.length)})`}</summary>
          {table(silent, t('Evidence that joins nobody'))}
        </details>
      )}
    </section>
  );
}

/** Values that another record's value won over. */
function Lost({ person, shown }: { person: Contact; shown: boolean }) {
  return (
    <details>
      <summary className="min-h-6 text-table text-ink-2">{t`Values that lost (${count(person.lost.length)})`}</summary>
      <ul className="m-0 flex list-none flex-col gap-1 p-0 text-table">
        {person.lost.map((one, at) => (
          <li key={at} className="flex flex-wrap gap-x-2">
            <span>{sentence(one.field)}</span>
            <span className="wrap-anywhere">
              {shown || one.field === 'name' || one.field === 'source'
                ? one.value
                : masked(one.value)}
            </span>
            {one.won_by && (
              <span className="text-ink-3">
                {t('lost against')} <Id id={shortRecord(one.won_by.id)} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
