import { useFrame } from '@/shared/frame';
import { clock, dateTime, ownZone, zoneName } from '@/shared/time';

/** An instant in the reporting zone. Its tip has the user's own zone and UTC, too. */
export function Time({
  at,
  only,
  other,
}: {
  at: string | null | undefined;
  /** Only the time of day. */
  only?: 'clock';
  /** One more zone, for instance the invitee's. */
  other?: string | null;
}) {
  const { zone } = useFrame();
  if (!at) return <>–</>;
  const zones = [...new Set([zone, ...(other ? [other] : []), ownZone()])];
  const tip = [...zones.map((z) => `${dateTime(at, z)} ${zoneName(z)}`), at].join('\n');
  return (
    <time dateTime={at} title={tip} className="sm:whitespace-nowrap">
      {only === 'clock' ? clock(at, zone) : dateTime(at, zone)}
    </time>
  );
}
