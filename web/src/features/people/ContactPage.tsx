import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useParams } from 'react-router';
import { contact, type Contact, type MergeEntry } from '@/shared/api/people';
import { NONE } from '@/shared/format/number';
import { words } from '@/shared/format/words';
import { useFrame, useIsPast, usePast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Card, Facts } from '@/shared/ui/Card';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { useNarrow } from '@/shared/ui/useNarrow';
import { Beside } from './Beside';
import { ContactActions } from './ContactActions';
import { Tabs, type Part } from './ContactTabs';
import { DecideDialog } from './DecideDialog';
import { Deals } from './Deals';
import { EraseDialog } from './EraseDialog';
import { Identity } from './Identity';
import { Journey } from './Journey';
import { MergeDialog } from './MergeDialog';
import { PersonLine } from './PersonLine';
import { Summary } from './Summary';
import { Texts } from './Texts';

/** What happened with this person, and how do we know it is one person? */
export default function ContactPage() {
  const { id = '' } = useParams();
  const { role } = useFrame();
  const isPast = useIsPast();
  const query = useQuery(contact(id, usePast()));
  const [open, setOpen] = useState<'merge' | 'erase' | MergeEntry | null>(null);
  const person = query.data;
  const close = () => {
    setOpen(null);
  };
  return (
    <Page
      title={person ? (person.name ?? t('Without a name')) : t('Contact')}
      note={<PersonLine id={id} />}
      tools={
        <>
          {role === 'admin' && !isPast && person && <ContactActions id={id} onChoose={setOpen} />}
          <Beside id={id} />
        </>
      }
    >
      <Tile query={query} what={t('the contact')} height="h-96">
        {(found) => <Person person={found} onUndo={setOpen} />}
      </Tile>
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

function Person({ person, onUndo }: { person: Contact; onUndo: (entry: MergeEntry) => void }) {
  const { role } = useFrame();
  const narrow = useNarrow();
  const parts: Record<Part, ReactNode> = {
    journey: <Journey steps={person.journey} credited={person.credited} />,
    health: <Summary id={person.contact_id} />,
    identity: (
      <>
        <Identity person={person} onUndo={onUndo} />
        <Sources person={person} />
      </>
    ),
    texts: role !== 'sales' && person.phones.length > 0 && <Texts phones={person.phones} />,
    money: person.opportunities.length + person.influenced.length > 0 && (
      <Deals own={person.opportunities} influenced={person.influenced} />
    ),
  };
  if (narrow) return <Tabs parts={parts} />;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[1.4fr_1fr]">
      <div className="flex min-w-0 flex-col gap-4">
        {parts.journey}
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
          [t('Lead status'), person.lead_status ?? NONE],
        ]}
      />
    </Card>
  );
}
