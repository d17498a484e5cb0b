import { t } from '@/shared/i18n/t';
import { isText, type Reply, type Thread } from '@/shared/texts/reasons';

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

/** What somebody says who wants nothing from us. */
const SETTLED = 'yes';

/** The last word of a thread is the customer's, and it asks for something. */
export function needsReply(thread: Thread): boolean {
  const happened = thread.messages.filter((one) => !isText(one) || one.state === 'sent');
  const last = happened.at(-1);
  if (!last || isText(last) || thread.status === 'OPTED_OUT') return false;
  return (last as Reply).reply_intent !== SETTLED;
}

/** What of a list is shown: by its question, by why a text was not sent, by the kind of text. */
export interface Filters {
  show: Shown;
  reason: string | null;
  text: string | null;
}

const shows: Record<Shown, (thread: Thread) => boolean> = {
  all: () => true,
  needs_reply: needsReply,
  replied: (thread) => thread.messages.some((one) => !isText(one)),
  not_sent: (thread) => thread.messages.some((one) => isText(one) && one.state === 'suppressed'),
  opted_out: (thread) => thread.status === 'OPTED_OUT',
};

/** Whether a thread fits. A reason and a kind are looked for in one and the same text. */
export const fits =
  ({ show, reason, text }: Filters) =>
  (thread: Thread): boolean =>
    thread.messages.length > 0 &&
    shows[show](thread) &&
    ((reason === null && text === null) ||
      thread.messages.some(
        (one) =>
          isText(one) &&
          (reason === null || (one.state === 'suppressed' && one.reason === reason)) &&
          (text === null || one.intent === text),
      ));
