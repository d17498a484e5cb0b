import { secondsBetween } from '@/shared/time';
import { duration } from '@/shared/format/duration';

/** A fact that was recorded more than this long after it happened is shown as late. */
const LATE_S = 60;

/** How long after it happened a fact was learned; `null` if at once. */
export function learned(entry: { at: string; recorded_at: string }): string | null {
  const seconds = secondsBetween(entry.at, entry.recorded_at);
  return seconds > LATE_S ? duration(seconds) : null;
}
