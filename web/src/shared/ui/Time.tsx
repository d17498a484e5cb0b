import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { clock, dateTime, inZones, ownZone, zoneName } from '@/shared/time';

/** An instant in the reporting zone. Its tip has the user's own zone and UTC, too. */
export function Time({
  at,
  only,
  other,
  zoned = false,
}: {
  at: string | null | undefined;
  /** Only the time of day. */
  only?: 'clock';
  /** One more zone, for instance the invitee's. */
  other?: string | null;
  /** The zone is named beside it. */
  zoned?: boolean;
}) {
  const { zone } = useFrame();
  if (!at) return <>–</>;
  const text = only === 'clock' ? clock(at, zone) : dateTime(at, zone);
  return (
    <time dateTime={at} title={inZones(at, [zone, ...(other ? [other] : []), ownZone()])}>
      {zoned ? t`${text}, ${zoneName(zone)} time` : text}
    </time>
  );
}
