import type { Schema } from '@/shared/api/client';
import { t } from '@/shared/i18n/t';
import { clock, dateTime, inZones, ownZone, zoneName } from '@/shared/time';
import { duration } from '@/shared/format/duration';
import { cx } from '@/shared/ui/classes';

const LATE_S = 600;
const STALE_S = 6 * 3600;

/** How old the numbers are, and in which zone their days are counted. */
export function AsOf({
  meta,
  at: past,
  onOpen,
}: {
  meta: Schema['Meta'] | undefined;
  /** The past instant that was chosen. */
  at: string | null;
  onOpen: () => void;
}) {
  if (!meta) return <span className="skeleton h-7 w-52" />;
  const { as_of: at, lag_seconds: lag, reporting_timezone: zone } = meta;
  if (!at || lag === null || lag === undefined) {
    return (
      <span className="text-table text-ink-3">{t`No numbers yet · ${zoneName(zone)} time`}</span>
    );
  }
  const tone =
    lag >= STALE_S
      ? 'bg-bad-soft text-bad'
      : lag >= LATE_S
        ? 'bg-warn-soft text-warn'
        : 'bg-sunken text-ink-2';
  return (
    <button
      type="button"
      onClick={onOpen}
      className={cx(
        'touch inline-flex min-h-7 items-center rounded-2xl px-3 text-start text-table hover:underline sm:whitespace-nowrap',
        tone,
      )}
      title={`${inZones(past ?? at, [zone, ownZone()])}\n${t('Judge at another instant')} (A)`}
    >
      {past
        ? t`Looking at ${dateTime(past, zone)} · ${zoneName(zone)}`
        : lag >= STALE_S
          ? t`As of ${clock(at, zone)} · ${zoneName(zone)} · ${duration(lag)} behind · stale`
          : t`As of ${clock(at, zone)} · ${zoneName(zone)} · ${duration(lag)} behind`}
    </button>
  );
}
