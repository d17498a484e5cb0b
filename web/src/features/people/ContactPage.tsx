import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { ApiError } from '@/shared/api/client';
import { contact, type Contact, type MergeEntry } from '@/shared/api/people';
import { NONE } from '@/shared/format/number';
import { words } from '@/shared/format/words';
import { useFrame, useIsPast, usePast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { useCarried } from '@/shared/moment';
import { Card, Empty, Facts } from '@/shared/ui/Card';
import { buttonClass } from '@/shared/ui/classes';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { useNarrow } from '@/shared/ui/useNarrow';
import { Beside } from './Beside';
import { ContactActions } from './ContactActions';
import { Tabs, type Part } from './ContactTabs';
import { DecideDialog } from './DecideDialog';
import { Deals, isMoved, Payments } from './Deals';
import { EraseDialog } from './EraseDialog';
import { Identity } from './Identity';
import { Journey } from './Journey';
import { MergeDialog } from './MergeDialog';
import { PersonLine } from './PersonLine';
import { Summary } from './Summary';
import { Texts } from './Texts';

/** The API answers 404 for this id; there is no retry. */
const gone = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

/** One person: journey, figures, and the evidence that their records belong together. */
export default function ContactPage() {
  const { id = '' } = useParams();
  const { role } = useFrame();
  const isPast = useIsPast();
  const to = useCarried();
  const query = useQuery(contact(id, usePast()));
  const [open, setOpen] = useState<'merge' | 'erase' | MergeEntry | null>(null);
  const person = query.data;
  const close = () => {
    setOpen(null);
  };
  return (
    <Page
      title={person ? (person.name ?? t('Without a name')) : t('Contact')}
      note={!gone(query.error) && <PersonLine id={id} />}
      tools={
        <>
          {role === 'admin' && !isPast && person && <ContactActions id={id} onChoose={setOpen} />}
          <Beside id={id} />
        </>
      }
    >
      {gone(query.error) ? (
        <Card>
          <Empty
            action={
              <Link className={buttonClass('primary')} to={to('/app/customers')}>
                {t('All customers')}
              </Link>
            }
          >
            {t('There is no such contact (perhaps merged or erased).')}
          </Empty>
        </Card>
      ) : (
        <Tile query={query} what={t('the contact')} height="h-96">
          {(found) => <Person person={found} onUndo={setOpen} />}
        </Tile>
      )}
      {person && open === 'merge' && <MergeDialog person={person} onClose={close} />}
      {person && open === 'erase' && <EraseDialog person={person} onClose={close} />}
      {open && typeof open === 'object' && (
        <DecideDialog
          decision={{ kind: 'unmerge', merge_id: open.merge_id }}
          title={t('Take a merge back')}
          onClose={close}
        />
      )}
    </Page>
  );
}

/** Up to so many steps a journey is shorter than the column beside it. */
const SHORT = 8;

function Person({ person, onUndo }: { person: Contact; onUndo: (entry: MergeEntry) => void }) {
  const { role } = useFrame();
  const narrow = useNarrow();
  // A short journey leaves room below it, so the cards of the other column are moved there.
  const isThin = person.journey.length <= SHORT;
  const parts: Record<Part, ReactNode> = {
    journey: <Journey steps={person.journey} credited={person.credited} />,
    health: <Summary id={person.contact_id} />,
    identity: (
      <>
        <Identity person={person} onUndo={onUndo} />
        {(narrow || !isThin) && <Sources person={person} />}
      </>
    ),
    texts: role !== 'sales' && person.phones.length > 0 && <Texts bookings={bookingsOf(person)} />,
    money: hasMoney(person) && (
      <>
        <Deals own={person.opportunities} influenced={person.influenced} />
        {narrow && <Payments steps={person.journey} />}
      </>
    ),
  };
  if (narrow) return <Tabs parts={parts} />;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[1.4fr_1fr]">
      <div className="flex min-w-0 flex-col gap-4">
        {parts.journey}
        {isThin && <Sources person={person} />}
        {parts.texts}
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        {parts.health}
        {parts.money}
        {parts.identity}
      </div>
    </div>
  );
}

/** The bookings of their journey, the newest first. */
const bookingsOf = ({ journey }: Contact): string[] =>
  [...new Set(journey.flatMap((step) => step.booking_id ?? []))].reverse();

/** They have a deal, a part in one, or paid for a booking. */
const hasMoney = ({ opportunities, influenced, journey }: Contact): boolean =>
  opportunities.length > 0 || influenced.length > 0 || journey.some(isMoved);

/** From where somebody came, as each side tells it. */
function Sources({ person }: { person: Contact }) {
  const source = (text: string | null) => (text ? words(text) : NONE);
  return (
    <Card title={t('Where from')}>
      <Facts
        items={[
          [t('First'), source(person.original_source)],
          [t('Latest'), source(person.latest_source)],
          [t('In the CRM'), source(person.close_source)],
          [t('First contact'), <Time key="f" at={person.first_contact_date} />],
          [t('Lead status in the CRM'), person.lead_status ?? NONE],
        ]}
      />
    </Card>
  );
}
