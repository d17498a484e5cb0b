import { t } from '@/shared/i18n/t';

/** The four questions that a list of threads answers, and threads with any reply. */
export const SHOWN = ['needs_reply', 'all', 'replied', 'not_sent', 'opted_out'] as const;
export type Shown = (typeof SHOWN)[number];

export const SHOWN_WORDS: Record<Shown, string> = {
  needs_reply: t('Needs reply'),
  all: t('All'),
  replied: t('With a reply'),
  not_sent: t('Not sent'),
  opted_out: t('Opted out'),
};

/** What of a list is shown: by its question, by why a text was not sent, by the kind of text. */
export interface Filters {
  show: Shown;
  reason: string | null;
  text: string | null;
}

/** The filters as the API takes them. */
export const queryOf = ({ show, reason, text }: Filters) => ({
  ...(show === 'all' ? {} : { show }),
  ...(reason ? { reason } : {}),
  ...(text ? { intent: text } : {}),
});
