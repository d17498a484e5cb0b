import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';

/** What the tables of the lake hold, in plain words. */
const TABLES: Record<string, string> = {
  'gold.booking_time_analysis': t('Bookings by weekday and hour'),
  'gold.bookings_trend': t('Bookings by day'),
  'gold.channel_attribution': t('Credit of each channel by month'),
  'gold.cost_per_booking': t('Cost of bookings by day and campaign'),
  'gold.daily_bookings_by_source': t('Bookings by day and source'),
  'gold.kpi_monthly': t('Key figures of a month'),
  'gold.unified_customers': t('Customers'),
  'silver.ad_spend': t('Spend on advertising'),
  'silver.attribution_credits': t('Credit of each deal'),
  'silver.bookings': t('Bookings'),
  'silver.calendar': t('Days of the calendar'),
  'silver.calls': t('Calls in the CRM'),
  'silver.contacts': t('Contacts'),
  'silver.counted_spend': t('Spend that counts'),
  'silver.crm_contacts': t('People in the CRM'),
  'silver.crm_leads': t('Leads in the CRM'),
  'silver.form_responses': t('Answers to forms'),
  'silver.identity_edges': t('Evidence of who is who'),
  'silver.invitees': t('Invitees of the calendar'),
  'silver.links': t('Reschedules'),
  'silver.opportunities': t('Deals'),
  'silver.payments': t('Payments'),
  'silver.rejected': t('Rejected records'),
  'silver.touches': t('Touches'),
};

/** What a table holds; one that nobody described by its name, without the layer. */
export const tableWord = (table: string): string =>
  TABLES[table] ?? TABLES[`gold.${table}`] ?? sentence(table.replace(/^(gold|silver)\./, ''));

export const KNOWN_TABLES = Object.keys(TABLES);
