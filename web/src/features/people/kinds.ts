import { t } from '@/shared/i18n/t';
import { NONE } from '@/shared/format/number';
import { sentence, words } from '@/shared/format/words';

const STEPS: Record<string, string> = {
  form: t('Form'),
  booked: t('Booked a call'),
  rescheduled: t('Moved the call'),
  canceled: t('Cancelled the call'),
  call: t('Call taken'),
  no_show: t('Did not come'),
  won: t('Won'),
  changed: t('Deal changed'),
  reopened: t('Reopened'),
  payment: t('Paid'),
  refund: t('Money refunded'),
};

/** What happened, in words. */
export const stepWord = (kind: string): string => STEPS[kind] ?? sentence(kind);

const TELLERS: Record<string, string> = {
  'silver.form_responses': 'Typeform',
  'silver.opportunities': 'Close',
  'silver.calls': 'Close',
  'silver.payments': 'Stripe',
};

/** The vendor whose webhooks a table is made of: bookings are the calendar's. */
export const tellerOf = (table: string): string => TELLERS[table] ?? 'Calendly';

const EVIDENCE: Record<string, string> = {
  phone: t('Phone'),
  email: t('E-mail'),
  name: t('Name'),
  company: t('Company'),
  campaign: t('Campaign'),
  chain: t('One reschedule chain'),
  email_alias: t('One mailbox, written another way'),
  email_similar: t('Addresses that differ in a slip'),
  name_same: t('The same name'),
  name_similar: t('Names that are alike'),
  name_different: t('Names of different people'),
  company_domain: t('One company'),
  dates: t('Seen at the same time'),
  merge: t('Merged by an admin'),
  unmerge: t('Taken back by an admin'),
  not_the_same: t('Told apart by an admin'),
};

/** A piece of evidence, in words. */
export const evidenceWord = (kind: string): string => EVIDENCE[kind] ?? sentence(kind);

const WHY_NOT: Record<string, string> = {
  withdrawn: t('an admin took it back'),
  shared_phone: t('two people hold the number'),
  bridging_phone: t('it would make one person of two'),
  further_email: t('a further address of such a record joins nobody'),
  only_likely: t('it makes candidates, never a person'),
  side_gone: t('no record has the address any more'),
};

/** Why a piece of evidence says nothing about who somebody is. */
export const whyNotWord = (code: string | null | undefined): string =>
  code ? (WHY_NOT[code] ?? words(code)) : NONE;

const DECISIONS: Record<string, string> = {
  merge: t('Merged'),
  unmerge: t('A merge taken back'),
  not_the_same: t('Told apart'),
};

/** What an admin decided, in words. */
export const decisionWord = (kind: string): string => DECISIONS[kind] ?? sentence(kind);

/** A record or address that evidence speaks of, without what is personal: `record:close:contact:c4` is close c4. */
export const recordWord = (node: string): string => {
  const [type, vendor = '', , ...id] = node.split(':');
  return type === 'record' ? `${vendor} ${shortRecord(id.join(':'))}` : (type ?? '');
};

/** The id of a record as its vendor names it: of an address only its end. */
export const shortRecord = (id: string): string => {
  const last = id.split(/[/:]/).pop() ?? id;
  return last.length > 24 ? `…${last.slice(-12)}` : last;
};
