import { useQueryClient } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight, RotateCcw } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { api, unwrap } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { count, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame, useIsPast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button, IconButton } from '@/shared/ui/Button';
import { Empty, Facts } from '@/shared/ui/Card';
import { Overlay } from '@/shared/ui/Dialogs';
import { RawView } from '@/shared/ui/RawView';
import { Time } from '@/shared/ui/Time';
import { useToasts } from '@/shared/ui/Toasts';
import { useNarrow } from '@/shared/ui/useNarrow';
import { TONES, vendorWord, type Item } from './deliveries';
import { Caused } from './Caused';
import { Receipt, type Replayed } from './Receipt';

/** One delivery: what it was, why it failed, its exact bytes; and another try. */
export function Delivery({
  item,
  before,
  after,
  onClose,
}: {
  item: Item;
  /** Opens the delivery above it in the list, and the one below. */
  before: (() => void) | null;
  after: (() => void) | null;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const { asOf } = useFrame();
  const past = useIsPast();
  const narrow = useNarrow();
  const tell = useToasts((t) => t.tell);
  const [busy, setBusy] = useState(false);
  const [replayed, setReplayed] = useState<Replayed | null>(null);
  const replay = async () => {
    setBusy(true);
    try {
      const path = { delivery_id: item.delivery_id };
      const body = await unwrap(api.POST('/api/inbox/{delivery_id}/replay', { params: { path } }));
      setReplayed({ body, since: asOf });
      await client.invalidateQueries({ queryKey: ['inbox'] });
    } catch (error) {
      tell(told(error), true);
    } finally {
      setBusy(false);
    }
  };
  // On a phone they stand below the head, which has no room for them beside the name.
  const actions = (
    <>
      {item.status !== 'quarantined' && !past && (
        <Button busy={busy} onClick={() => void replay()}>
          <RotateCcw size={16} aria-hidden />
          {t('Replay')}
        </Button>
      )}
      <IconButton
        label={t('Delivery above')}
        disabled={!before}
        onClick={() => {
          before?.();
        }}
      >
        <ChevronLeft size={16} aria-hidden />
      </IconButton>
      <IconButton
        label={t('Delivery below')}
        disabled={!after}
        onClick={() => {
          after?.();
        }}
      >
        <ChevronRight size={16} aria-hidden />
      </IconButton>
    </>
  );
  return (
    <Overlay
      open
      onClose={onClose}
      shape="wide"
      title={
        <>
          {vendorWord(item.vendor)} <span className="font-mono font-normal">{item.kind ?? ''}</span>
        </>
      }
      note={item.resource_uri}
      actions={narrow ? undefined : actions}
    >
      <div className="flex flex-col gap-5">
        {narrow && <div className="flex gap-1">{actions}</div>}
        {replayed && <Receipt delivery={item.delivery_id} replayed={replayed} />}
        <Facts
          items={[
            [
              t('Status'),
              <Badge key="s" tone={TONES[item.status] ?? 'plain'}>
                {sentence(item.status)}
              </Badge>,
            ],
            [t('Received'), <Time key="r" at={item.received_at} />],
            [t('Tries'), item.attempts === 0 ? NONE : count(item.attempts)],
            ...(item.error || item.error_class
              ? [[t('Error'), <Wrong key="w" text={wrong(item)} />] as [string, ReactNode]]
              : []),
            [
              t('Delivery'),
              <span key="d" className="font-mono text-meta">
                {item.delivery_id}
              </span>,
            ],
          ]}
        />
        <Caused item={item} />
        <RawView sha256={item.raw_sha256} />
      </div>
    </Overlay>
  );
}

/** What the program names stands in it between backticks. */
const Wrong = ({ text }: { text: string }) => (
  <>{text.split('`').map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>
);

/** The class of what went wrong, and what it was. */
const wrong = ({ error, error_class: name }: Item): string =>
  [name ? sentence(name) : '', error ?? ''].filter(Boolean).join(': ');

/** A link named a delivery that is not among the newest. */
export function Missing({ onClose }: { onClose: () => void }) {
  return (
    <Overlay open onClose={onClose} title={t('Delivery')}>
      <Empty action={<Button onClick={onClose}>{t('Show all')}</Button>}>
        {t('No delivery has this id, and no body this hash.')}
      </Empty>
    </Overlay>
  );
}
