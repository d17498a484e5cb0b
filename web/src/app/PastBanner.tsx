import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { t } from '@/shared/i18n/t';
import { KNOWN, MOMENT } from '@/shared/moment';
import { dateTime, inZones, ownZone, zoneName } from '@/shared/time';
import { ChangesSince } from './ChangesSince';
import { Button } from '@/shared/ui/Button';

/** Says at which past instant somebody looks, what it holds for, and leads back. */
export function PastBanner({
  at,
  known,
  zone,
}: {
  at: string | null;
  known: string | null;
  zone: string;
}) {
  const [params, set] = useSearchParams();
  const [comparing, setComparing] = useState(false);
  const when = (instant: string) => t`${dateTime(instant, zone)}, ${zoneName(zone)} time`;
  const tip = [at, known]
    .flatMap((instant) => (instant ? [inZones(instant, [zone, ownZone()])] : []))
    .join('\n');
  return (
    <div
      role="status"
      className="flex items-center justify-between gap-2 bg-warn-soft px-6 py-2 text-warn max-sm:flex-wrap max-sm:px-4"
    >
      <p className="m-0 min-w-0 flex-1 max-sm:basis-full" title={tip}>
        {at &&
          t`Judged at ${when(at)}, with everything known today: key figures, attribution and customers.`}{' '}
        {known &&
          t`As known on ${when(known)}: what this app showed then, without what came later.`}{' '}
        {t('Nothing can be changed from here.')}
      </p>
      {known && (
        <Button
          onClick={() => {
            setComparing(true);
          }}
        >
          {t('Compare with now')}
        </Button>
      )}
      <Button
        onClick={() => {
          const now = new URLSearchParams(params);
          now.delete(MOMENT);
          now.delete(KNOWN);
          set(now);
        }}
      >
        {t('Back to now')}
      </Button>
      {known && comparing && (
        <ChangesSince
          since={known}
          onClose={() => {
            setComparing(false);
          }}
        />
      )}
    </div>
  );
}
