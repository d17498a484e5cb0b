import { ApiError } from '@/shared/api/client';
import type { Words } from './words';

const BUSY_S = 5;

/** What a customer reads of a call that failed: what happened, that no money moved, and what comes next. */
export function trouble(error: unknown, words: Words): string {
  if (!(error instanceof ApiError)) return words.wrong;
  if (error.status === 0) return words.offline;
  if (error.status === 429) return words.tries(error.retryAfter ?? 60);
  if (error.status >= 500) return words.busy(error.retryAfter ?? BUSY_S);
  if (error.status === 404 || error.status === 401) return words.oldLink;
  if (error.status === 409 || error.status === 412) return words.changed;
  return words.wrong;
}
