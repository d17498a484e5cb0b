import { t } from '@/shared/i18n/t';

/** A length of time in words: `2 min`, `3 h`, `5 days`. */
export const duration = (seconds: number): string => {
  if (seconds < 60) return t`${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return t`${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return t`${Math.floor(seconds / 3600)} h`;
  return t`${Math.floor(seconds / 86_400)} days`;
};
