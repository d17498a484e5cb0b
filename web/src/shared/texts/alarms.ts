import type { Schema } from '@/shared/api/client';
import { alertWord } from '@/shared/format/alerts';
import { count } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { many, t } from '@/shared/i18n/t';

type Alarm = Schema['Alarm'];

/** An alarm in the page's words. */
export interface Said {
  word: string;
  /** The booking that it is about. */
  booking: string | null;
  /** The person that it is about. */
  person: string | null;
  /** What is wrong, if it is not in the word. */
  text: string | null;
  /** Since when the state has lasted. */
  since: string | null;
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** The id of a booking in the name of a thing, for instance of an effect. */
export const bookingIn = (subject: string): string | null => UUID.exec(subject)?.[0] ?? null;

/** What was asked of a vendor, by the beginning of an effect's name. */
const GIVEN_UP: Record<string, string> = {
  refund: t('Refund failed'),
  cancel: t('Cancellation failed'),
};

/** `Stripe answered 400: invalid_request_error` as a sentence of the page's language. */
function answered(message: string): string {
  const [, vendor = '', code = ''] = /^(\w+) answered \d+: (\w+)$/.exec(message) ?? [];
  return code ? t`${vendor} refused it: ${sentence(code).toLowerCase()}` : message;
}

/** The API tells an alarm as one English line; what is known of its forms is said in the page's language. */
export function said({ code, subject, detail }: Alarm): Said {
  const ofPerson = code === 'am_change';
  const told: Said = {
    word: alertWord(code),
    booking: ofPerson ? null : bookingIn(subject),
    person: ofPerson ? subject : null,
    text: detail,
    since: null,
  };
  const [, state, date, clock] = /^(.+) since ([\d-]+) ([\d:]+) UTC$/.exec(detail) ?? [];
  if (code === 'booking_stuck' && state && date && clock)
    return {
      ...told,
      word: sentence(state.replaceAll(' ', '_')),
      text: null,
      since: `${date}T${clock}:00Z`,
    };
  const [, message] = /^after \d+ (?:try|tries): (.+)$/.exec(detail) ?? [];
  if (code === 'effect_given_up' && message)
    return {
      ...told,
      word: GIVEN_UP[subject.split(':')[0] ?? ''] ?? told.word,
      text: answered(message),
    };
  const [, failed] = /^(\d+) deliver/.exec(detail) ?? [];
  if (code === 'webhooks_failed' && failed)
    return {
      ...told,
      text: many(
        Number(failed),
        t('1 delivery of the last day could not be understood'),
        t`${count(Number(failed))} deliveries of the last day could not be understood`,
      ),
    };
  return told;
}

/** Alarms about one thing: a booking that is stuck, and the call to a vendor that failed for it. */
export function grouped(alarms: Alarm[]): Alarm[][] {
  const groups = new Map<string, Alarm[]>();
  for (const alarm of alarms) {
    const key = bookingIn(alarm.subject) ?? `${alarm.code} ${alarm.subject}`;
    groups.set(key, [...(groups.get(key) ?? []), alarm]);
  }
  return [...groups.values()];
}
