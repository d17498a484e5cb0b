import { ApiError } from '@/shared/api/client';
import type { Words } from './words';

const BUSY_S = 5;
const MANY_S = 60;

/** What is worth another try: no connection, or somebody who is busy. */
export const worthIt = (error: ApiError): boolean =>
  error.status === 0 || error.status === 429 || error.status >= 500;

/** Milliseconds until the next try of a call that is worth it. */
export const nextTry = (error: ApiError): number =>
  1000 * (error.retryAfter ?? (error.status === 429 ? MANY_S : BUSY_S));

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
  if (error.status === 429) return words.tries(error.retryAfter ?? MANY_S);
  if (error.status === 404 || error.status === 401) return words.oldLink;
  if (error.status === 409 || error.status === 412) return words.changed;
  return words.wrong;
}
