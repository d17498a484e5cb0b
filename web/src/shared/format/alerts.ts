import { t } from '@/shared/i18n/t';
import { sentence } from './words';

const WORDS: Record<string, string> = {
  low_show_rate: t('Low show rate'),
  no_show_streak: t('No-shows in a row'),
  no_upcoming_calls: t('No call ahead'),
  am_change: t('Account manager changed'),
};

export const ALERTS = Object.keys(WORDS);

/** An alert about a customer, in words. */
export const alertWord = (code: string): string => WORDS[code] ?? sentence(code);
