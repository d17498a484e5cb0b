import { useQueryClient } from '@tanstack/react-query';
import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { api, unwrap } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { count } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Empty, Facts } from '@/shared/ui/Card';
import { Overlay } from '@/shared/ui/Dialogs';
import { RawView } from '@/shared/ui/RawView';
import { Time } from '@/shared/ui/Time';
import { useToasts } from '@/shared/ui/Toasts';
import { TONES, type Item } from './deliveries';
import { Receipt, type Replayed } from './Receipt';

/** One delivery: what it was, why it failed, its exact bytes; and another try. */
export function Delivery({ item, onClose }: { item: Item; onClose: () => void }) {
  const client = useQueryClient();
  const { asOf } = useFrame();
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
  return (
    <Overlay
      open
      onClose={onClose}
      shape="wide"
      title={`${sentence(item.vendor)} ${item.kind ?? ''}`}
      note={item.resource_uri}
      actions={
        item.status !== 'quarantined' && (
          <Button busy={busy} onClick={() => void replay()}>
            <RotateCcw size={16} aria-hidden />
            {t('Replay')}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-5">
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
            [t('Tries'), count(item.attempts)],
            ...(item.error ? [[t('Error'), item.error] as [string, string]] : []),
            [
              t('Delivery'),
              <span key="d" className="font-mono text-meta">
                {item.delivery_id}
              </span>,
            ],
          ]}
        />
        <RawView sha256={item.raw_sha256} />
      </div>
    </Overlay>
  );
}

/** A link named a delivery that is not among the newest. */
export function Missing({ onClose }: { onClose: () => void }) {
  return (
    <Overlay open onClose={onClose} title={t('Delivery')}>
      <Empty action={<Button onClick={onClose}>{t('Show all')}</Button>}>
        {t('This delivery is not among the newest 20,000. Its raw body is still in the archive.')}
      </Empty>
    </Overlay>
  );
}
