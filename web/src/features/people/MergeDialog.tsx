import { useState } from 'react';
import type { Contact, Decision } from '@/shared/api/people';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Overlay } from '@/shared/ui/Dialogs';
import { Field } from '@/shared/ui/Fields';
import { DecideDialog } from './DecideDialog';

/** Who else this person is: named by an address; what the merge moves is shown before it is made. */
export function MergeDialog({ person, onClose }: { person: Contact; onClose: () => void }) {
  const [email, setEmail] = useState('');
  const [reason, setReason] = useState('');
  const [decision, setDecision] = useState<Decision | null>(null);
  if (decision)
    return <DecideDialog decision={decision} title={t('Merge two contacts')} onClose={onClose} />;
  return (
    <Overlay
      open
      onClose={onClose}
      title={t`Merge into ${person.name ?? t('this person')}`}
      note={t("This person keeps their id; the other one's records come to them.")}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const [from, why] = [email.trim(), reason.trim()];
          setDecision({ kind: 'merge', into: person.contact_id, from, reason: why });
        }}
      >
        <Field
          label={t('E-mail of the other contact')}
          type="email"
          required
          autoComplete="off"
          value={email}
          onChange={(event) => {
            setEmail(event.target.value);
          }}
        />
        <Field
          label={t('Reason')}
          required
          maxLength={200}
          hint={t('It stands in the log of merges.')}
          value={reason}
          onChange={(event) => {
            setReason(event.target.value);
          }}
        />
        <Button type="submit" kind="primary" className="self-start">
          {t('See what moves')}
        </Button>
      </form>
    </Overlay>
  );
}
