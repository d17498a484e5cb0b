import { duration } from '@/shared/format/duration';
import { sentence } from '@/shared/format/words';
import { code, t } from '@/shared/i18n/t';
import { secondsBetween } from '@/shared/time';
import type { Schema } from '@/shared/api/client';

export type Text = Schema['OutboundText'];
export type Reply = Schema['InboundView'];
export type Thread = Schema['Thread'];
export type Message = Thread['messages'][number];

/** One check of whether a text may go out. */
export type Check = Schema['CheckView'];

export const isText = (message: Message): message is Message & Text => 'intent_id' in message;

export const INTENTS: Record<string, string> = {
  confirmation: t('Confirmation'),
  follow_up: t('Follow-up'),
  reminder_24h: t('Reminder'),
  help_reply: t('Answer to HELP'),
  feedback: t('Question after the call'),
};

/** Why a text was not sent, as a sentence about the one fact that decided. */
export const REASONS: Record<string, string> = {
  responded: t('the customer replied before it was due'),
  opted_out: t('this number opted out (STOP)'),
  canceled: t('the booking was cancelled'),
  rescheduled: t('the call was moved to another time'),
  appointment_started: t('the call had started'),
  no_slot_before_start: t('quiet hours left no time before the call'),
  invalid_phone: t('the number that was typed is no phone number'),
  no_phone: t('no phone number was given'),
  skipped_stale_backfill: t('the booking was found too late for it to make sense'),
  erased: t('the person was erased'),
  no_show: t('nobody came, so there is nothing to ask about'),
  not_verified: t('the carrier’s test account does not know this number'),
};

/** The same reasons in a few words, for filters and counts. */
export const SHORT_REASONS: Record<string, string> = {
  responded: t('The customer replied'),
  opted_out: t('Opted out (STOP)'),
  canceled: t('Booking cancelled'),
  rescheduled: t('Call moved'),
  appointment_started: t('The call had started'),
  no_slot_before_start: t('Quiet hours until the call'),
  invalid_phone: t('No valid number'),
  no_phone: t('No number given'),
  skipped_stale_backfill: t('Booking found too late'),
  erased: t('Person erased'),
  no_show: t('Nobody came'),
  not_verified: t('Number not verified'),
};

export const reasonWord = (name: string): string => SHORT_REASONS[name] ?? sentence(name);

const STATUSES: Record<string, string> = {
  AWAITING_REPLY: t('Waits for a reply'),
  RESPONDED: t('Replied'),
  FOLLOWED_UP: t('Followed up'),
  OPTED_OUT: t('Opted out'),
  SUPPRESSED: t('Not sent'),
  CLOSED: t('Closed'),
};

/** How a thread stands, in words. */
export const statusWord = (status: string): string => STATUSES[status] ?? sentence(status);

/** When something of a thread happened: a text that was not sent, when that was decided. */
export const whenOf = (message: Message): string =>
  isText(message)
    ? (message.sent_at ??
      (message.state === 'suppressed' ? message.judged_at : null) ??
      message.due_at)
    : message.at;

/** What each check of the ladder asks, in the words of its passing; and the reasons of texts that were judged before
 * the ladder was kept. */
const RUNGS: Record<string, string> = {
  number_given: t('A number was given'),
  number_usable: t('The number can be texted'),
  not_rescheduled: t('Not moved'),
  not_canceled: t('Still booked'),
  not_opted_out: t('Not opted out'),
  not_started: t('The call has not started'),
  not_stale: t('Found in time'),
  attended: t('The customer came'),
  no_reply: t('No reply yet'),
  slot_before_start: t('Outside quiet hours'),
  number_verified: t('The carrier sends to the number'),
};

const OF_REASON: Record<string, string> = {
  no_phone: 'number_given',
  invalid_phone: 'number_usable',
  rescheduled: 'not_rescheduled',
  canceled: 'not_canceled',
  opted_out: 'not_opted_out',
  appointment_started: 'not_started',
  skipped_stale_backfill: 'not_stale',
  no_show: 'attended',
  responded: 'no_reply',
  no_slot_before_start: 'slot_before_start',
  not_verified: 'number_verified',
};

/** What a check asks, in words. */
export const rungWord = (name: string): string => RUNGS[OF_REASON[name] ?? name] ?? sentence(name);

/** What is so, in the page's language where it knows the fact. */
export const factWord = (fact: string): string => code(fact) ?? fact;

/** How long before it was due the customer replied, where the checks or the thread tell. */
function repliedBefore(text: Text, thread: Thread | undefined): string | null {
  if (text.reason !== 'responded') return null;
  const reply = thread?.messages.findLast((one) => !isText(one) && one.at <= text.due_at);
  const at =
    text.checks?.find((check) => check.code === 'no_reply')?.at ??
    (reply && !isText(reply) ? reply.at : null);
  return at ? duration(secondsBetween(at, text.due_at)) : null;
}

const whyNot = (text: Text, thread: Thread | undefined): string => {
  const before = repliedBefore(text, thread);
  if (before) return t`the customer replied ${before} before it was due`;
  return REASONS[text.reason ?? ''] ?? text.reason ?? t('no reason was kept');
};

/** A text in one line, with what its thread knows of it. */
export function sentenceOf(text: Text, thread?: Thread): string {
  const name = INTENTS[text.intent] ?? text.intent.replaceAll('_', ' ');
  switch (text.state) {
    case 'sent':
      return t`${name} sent`;
    case 'suppressed':
      return t`${name} not sent: ${whyNot(text, thread)}`;
    case 'pending':
      return text.intent === 'follow_up'
        ? t`${name} goes out unless the customer replies, cancels, moves the call, or texts STOP`
        : t`${name} goes out unless the call is cancelled or moved`;
    case 'claimed':
      return t`${name} is being handed to the carrier`;
    case 'unknown':
      return t`${name}: the carrier’s answer was lost. It is never sent twice; the delivery report will tell`;
    default:
      return t`${name} failed at the carrier`;
  }
}
