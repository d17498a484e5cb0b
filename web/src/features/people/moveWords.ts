import { t } from '@/shared/i18n/t';
import { KEYS } from '@/shared/numbers/keys';
import { words } from '@/shared/format/words';

/** The columns whose values a merge may move. */
const COLUMNS: Record<string, string> = {
  aliases: t('Other names'),
  alerts: t('Alerts'),
  assigned_am: t('Account manager'),
  assigned_am_email: t('Account manager’s e-mail'),
  attendance_rate: t('Attendance rate'),
  calls_canceled: t('Calls cancelled'),
  calls_completed: t('Calls completed'),
  calls_no_show: t('No-shows'),
  calls_rescheduled: t('Calls moved'),
  calls_upcoming: t('Calls ahead'),
  cash_credit: t('Cash credited'),
  close_source: t('Source in the CRM'),
  contact_id: t('Belongs to'),
  conversions_credit: t('Deals credited'),
  cost: t('Cost'),
  cost_currency: t('Currency of the cost'),
  crm_contact_ids: t('CRM contacts'),
  crm_lead_ids: t('CRM leads'),
  currency: t('Currency'),
  deals_adding_up: t('Deals won in its currency'),
  direct_bookings: t('Direct bookings'),
  email: t('E-mail'),
  emails: t('E-mails'),
  first_touch_at: t('First touch'),
  first_touch_campaign: t('First campaign'),
  first_touch_channel: t('First channel'),
  health_call_delta: t('Health from the last call'),
  health_factors: t('What moved the health'),
  health_score: t('Health'),
  last_call_date: t('Last call'),
  last_calendly_sync: t('Last read from Calendly'),
  last_invitee_uri: t('Last booking at Calendly'),
  latest_source: t('Latest source'),
  lead_status: t('Lead status'),
  name: t('Name'),
  next_call_date: t('Next call'),
  opportunity_ids: t('Deals'),
  original_source: t('First source'),
  owner_email: t('CRM owner'),
  phones: t('Phones'),
  quality_points: t('Points of quality'),
  revenue_credit: t('Revenue credited'),
  roas: t('Return on ad spend'),
  show_rate: t('Show rate'),
  solution_canceled: t('Call 2 cancelled'),
  solution_no_show: t('Call 2 no-shows'),
  solution_past: t('Call 2 in the past'),
  solution_unrecorded: t('Call 2 without a recorded outcome'),
  total_calls_booked: t('Calls booked'),
  touches: t('Touches'),
  triage_canceled: t('Call 1 cancelled'),
  triage_contacts: t('Contacts with call 1'),
  triage_no_show: t('Call 1 no-shows'),
  triage_to_solution: t('Call 1 to call 2'),
};

/** The column, without the unit that its values are written with. */
export const columnWord = (column: string): string => {
  const name = column.replace(/_(minor|micro)$/, '');
  return COLUMNS[name] ?? KEYS[name]?.name ?? words(name);
};
