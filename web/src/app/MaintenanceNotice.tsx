import { useState } from 'react';
import type { Schema } from '@/shared/api/client';
import { t } from '@/shared/i18n/t';
import { dateTime, inZones, ownZone, zoneName } from '@/shared/time';
import { Button } from '@/shared/ui/Button';

/** Says when Bookpath will be worked on; whoever has read it may close it until something else is announced. */
export function MaintenanceNotice({
  notice,
  zone,
}: {
  notice: Schema['Maintenance'];
  zone: string;
}) {
  const [read, setRead] = useState<string | null>(null);
  const said = JSON.stringify(notice);
  if (read === said) return null;
  const [from, until] = [dateTime(notice.from, zone), dateTime(notice.until, zone)];
  return (
    <div
      role="status"
      className="flex items-center justify-between gap-2 bg-info-soft px-6 py-2 text-info max-sm:flex-wrap max-sm:px-4"
    >
      <p
        className="m-0 min-w-0 flex-1 wrap-anywhere max-sm:basis-full"
        title={`${inZones(notice.from, [zone, ownZone()])}\n${inZones(notice.until, [zone, ownZone()])}`}
      >
        <strong>{t`Maintenance from ${from} to ${until}, ${zoneName(zone)} time.`}</strong>{' '}
        <bdi>{notice.text}</bdi>
      </p>
      <Button
        onClick={() => {
          setRead(said);
        }}
      >
        {t('Close the notice')}
      </Button>
    </div>
  );
}
