import { errorWord, t } from '@/shared/i18n/t';
import { ApiError } from './client';

/** What went wrong, in the page's language where it knows the code, else as the API says it. */
export function told(error: unknown): string {
  if (!(error instanceof ApiError)) return t('That did not work.');
  if (error.status === 0) return t('There is no connection to the server.');
  const { message } = error;
  return errorWord(error.code) ?? `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
}
