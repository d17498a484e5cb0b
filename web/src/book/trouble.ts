import { ApiError } from '@/shared/api/client';
import type { Words } from './words';

const BUSY_S = 5;

/** What a customer reads of a call that failed and is made again: what happened, that no money moved, what comes next. */
export function trouble(error: unknown, words: Words): string {
  if (!(error instanceof ApiError)) return words.wrong;
  if (error.status === 0) return words.offline;
  if (error.status >= 500) return words.busy(error.retryAfter ?? BUSY_S);
  return refusal(error, words);
}

/** The same of a call that nobody but the customer makes again, perhaps of a booking that is paid. */
export function troubleOnce(error: unknown, words: Words): string {
  if (!(error instanceof ApiError)) return words.wrongOnce;
  if (error.status === 0) return words.offlineOnce;
  return error.status >= 500 ? words.busyOnce : refusal(error, words);
}

function refusal(error: ApiError, words: Words): string {
  if (error.status === 429) return words.tries(error.retryAfter ?? 60);
  if (error.status === 404 || error.status === 401) return words.oldLink;
  if (error.status === 409 || error.status === 412) return words.changed;
  return words.wrong;
}
