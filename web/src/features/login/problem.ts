import { t } from '@/shared/i18n/t';
import { ApiError } from '@/shared/api/client';

/** What a wrong login reads: one line, which never says what of it was wrong. */
export function loginProblem(error: unknown): string {
  if (!(error instanceof ApiError)) return t('That did not work. Try again.');
  if (error.status === 0) return t('There is no connection to the server.');
  if (error.status === 429) {
    return t`That was a lot of tries. Next one in ${String(error.retryAfter ?? 60)} s.`;
  }
  if (error.status === 401) return t('E-mail address, password or code is wrong.');
  return error.message;
}
