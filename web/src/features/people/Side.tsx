import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { contact, type Contact } from '@/shared/api/people';
import { count, maskedPhone, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Facts } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { shortRecord } from './kinds';
import { masked } from './masked';

/** Pairs are judged by what is known now. */
export const NOW = { as_of: null, known_at: null };

/** What two records are compared by. */
function compared(person: Contact, unmasked: boolean) {
  const list = (values: string[]) => values.join(', ') || NONE;
  return {
    emails: list(unmasked ? person.emails : person.emails.map(masked)),
    phones: list(unmasked ? person.phones : person.phones.map(maskedPhone)),
    records: list(person.records.map((one) => `${sentence(one.vendor)} ${shortRecord(one.id)}`)),
    steps: count(person.journey.length),
  };
}

/** One of two records: what it has, and whether its id stays. */
export function Side({
  id,
  other,
  unmasked,
  stays,
  onStay,
}: {
  id: string;
  /** The record that it is compared with. */
  other: string;
  unmasked: boolean;
  stays: boolean;
  onStay: () => void;
}) {
  const query = useQuery(contact(id, NOW));
  const beside = useQuery(contact(other, NOW)).data;
  return (
    <div className="min-w-0 rounded-card border border-line p-3">
      <label className="mb-2 flex min-h-6 items-center gap-2 text-table">
        <input type="radio" checked={stays} onChange={onStay} name={`stays-${id}`} />
        {t('Keep this record’s id')}
      </label>
      <Tile query={query} what={t('the contact')} height="h-44">
        {(person) => {
          const mine = compared(person, unmasked);
          // The whole addresses tell whether two differ, also where both look alike.
          const whole = [compared(person, true), beside && compared(beside, true)] as const;
          const value = (key: keyof typeof mine) => (
            <Differing
              key={key}
              differs={whole[1] !== undefined && whole[0][key] !== whole[1][key]}
            >
              {mine[key]}
            </Differing>
          );
          return (
            <Facts
              items={[
                [
                  t('Name'),
                  <Link key="n" className="text-brand" to={`/app/contacts/${id}`}>
                    <Differing differs={beside !== undefined && beside.name !== person.name}>
                      {person.name ?? t('Without a name')}
                    </Differing>
                  </Link>,
                ],
                [t('E-mails'), value('emails')],
                [t('Phones'), value('phones')],
                [t('Records'), value('records')],
                [t('First contact'), <Time key="f" at={person.first_contact_date} />],
                [t('Journey steps'), value('steps')],
              ]}
            />
          );
        }}
      </Tile>
    </div>
  );
}

/** A value that is not the other record's stands out. */
function Differing({ differs, children }: { differs: boolean; children: ReactNode }) {
  return differs ? (
    <mark className="-mx-1 rounded-control bg-warn-soft px-1 text-inherit">{children}</mark>
  ) : (
    <>{children}</>
  );
}
