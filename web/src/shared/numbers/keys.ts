/** What the key figures are called, and what they mean in plain words. */

import { code, pseudoed, t } from '@/shared/i18n/t';

export interface Word {
  name: string;
  meaning: string;
  /** Figures that are easily taken for this one. */
  alike?: string[];
}

const SHOW_RATES = ['triage_show_rate', 'solution_show_rate'];
const COSTS = [
  'cost_per_triage_booked',
  'cost_per_solution_booked',
  'cost_per_solution_attended',
  'cpl',
];
const PER_CALL = [
  'epc2_revenue',
  'epc2_cash',
  'cash_per_solution_attended',
  'profit_per_solution_attended',
  'profit_per_call2',
];

/** Every key figure, in the order of the API. */
export const KEYS: Record<string, Word> = {
  leads: { name: t('Leads'), meaning: t('People whose first touch lies in the period.') },
  triage_booked: {
    name: t('Call 1 booked'),
    meaning: t('Triage calls that start in the period, cancelled ones included.'),
  },
  triage_attended: { name: t('Call 1 taken'), meaning: t('Triage calls that took place.') },
  triage_show_rate: {
    name: t('Call 1 show rate'),
    meaning: t('How many of the booked triage calls took place.'),
    alike: SHOW_RATES,
  },
  triage_cancel_rate: {
    name: t('Call 1 cancelled'),
    meaning: t('How many of the booked triage calls were cancelled.'),
  },
  triage_no_show_rate: {
    name: t('Call 1 no-show'),
    meaning: t('How many of the booked triage calls were missed.'),
  },
  solution_booked: {
    name: t('Call 2 booked'),
    meaning: t('Solution calls that start in the period, cancelled ones included.'),
  },
  solution_attended: { name: t('Call 2 taken'), meaning: t('Solution calls that took place.') },
  solution_show_rate: {
    name: t('Call 2 show rate'),
    meaning: t('How many of the booked solution calls took place.'),
    alike: SHOW_RATES,
  },
  solution_cancel_rate: {
    name: t('Call 2 cancelled'),
    meaning: t('How many of the booked solution calls were cancelled.'),
  },
  solution_no_show_rate: {
    name: t('Call 2 no-show'),
    meaning: t('How many of the booked solution calls were missed.'),
  },
  triage_to_solution_rate: {
    name: t('Call 1 to call 2'),
    meaning: t('How many of the people who took a triage call booked a solution call.'),
    alike: ['solution_per_triage_attended'],
  },
  solution_per_triage_attended: {
    name: t('Call 2 booked per call 1 taken'),
    meaning: t('Solution calls booked for each triage call taken. It counts calls, not people.'),
    alike: ['triage_to_solution_rate'],
  },
  direct_booking_rate: {
    name: t('Direct bookings'),
    meaning: t('How many leads booked a solution call as their first call.'),
  },
  deals_won: {
    name: t('Deals won'),
    meaning: t('Deals by the day they were won, less those that were reopened.'),
  },
  close_rate: {
    name: t('Close rate'),
    meaning: t('Deals won for each hundred solution calls taken.'),
    alike: ['lead_to_close_rate'],
  },
  lead_to_close_rate: {
    name: t('Lead to close'),
    meaning: t('Deals won for each hundred leads.'),
    alike: ['close_rate'],
  },
  revenue: {
    name: t('Revenue'),
    meaning: t('The contracted value of the deals won.'),
    alike: ['cash_collected'],
  },
  cash_collected: {
    name: t('Cash'),
    meaning: t('Payments less refunds, and what the CRM says was collected for deals won.'),
    alike: ['revenue'],
  },
  spend: { name: t('Spend'), meaning: t('What advertising cost, by its day.') },
  cpl: { name: t('Cost per lead'), meaning: t('Spend for each lead.'), alike: COSTS },
  cost_per_triage_booked: {
    name: t('Cost per call 1'),
    meaning: t('Spend for each triage call booked.'),
    alike: COSTS,
  },
  cost_per_solution_booked: {
    name: t('Cost per call 2'),
    meaning: t('Spend for each solution call booked.'),
    alike: COSTS,
  },
  cost_per_solution_attended: {
    name: t('Cost per call 2 taken'),
    meaning: t('Spend for each solution call taken (CPC2S).'),
    alike: COSTS,
  },
  cash_per_solution_booked: {
    name: t('Cash per call 2 booked'),
    meaning: t('Cash for each solution call booked.'),
  },
  cash_per_solution_attended: {
    name: t('Cash per call 2 taken'),
    meaning: t('Cash for each solution call taken.'),
    alike: PER_CALL,
  },
  epc2_revenue: {
    name: t('EPC2'),
    meaning: t('Revenue for each solution call taken: earnings per call 2.'),
    alike: PER_CALL,
  },
  epc2_cash: {
    name: t('EPC2 cash'),
    meaning: t('Cash for each solution call taken.'),
    alike: PER_CALL,
  },
  profit: { name: t('Profit'), meaning: t('Revenue less spend.') },
  profit_per_solution_attended: {
    name: t('Profit per call 2 taken'),
    meaning: t('Revenue less spend, for each solution call taken.'),
    alike: PER_CALL,
  },
  profit_per_call2: {
    name: t('NPC2'),
    meaning: t('Cash less spend, for each solution call taken: net profit per call 2.'),
    alike: PER_CALL,
  },
  avg_contract_value: {
    name: t('Average contract'),
    meaning: t('Revenue for each deal won in its currency.'),
    alike: ['avg_cash_per_deal'],
  },
  avg_cash_per_deal: {
    name: t('Cash per deal'),
    meaning: t('Cash for each deal won in its currency.'),
    alike: ['avg_contract_value'],
  },
  calls_to_close: {
    name: t('Calls to close'),
    meaning: t('Solution calls taken for each deal won.'),
  },
  cash_efficiency: {
    name: t('Cash efficiency'),
    meaning: t('Revenue as a share of spend.'),
    alike: ['cash_roi', 'profit_efficiency'],
  },
  cash_roi: {
    name: t('Cash ROI'),
    meaning: t('Cash as a share of spend.'),
    alike: ['cash_efficiency', 'profit_efficiency'],
  },
  profit_efficiency: {
    name: t('Profit efficiency'),
    meaning: t('Revenue less spend, as a share of spend.'),
    alike: ['cash_efficiency', 'cash_roi'],
  },
  admin_missing_rate: {
    name: t('Admin missing'),
    meaning: t(
      'Past solution calls of which nobody recorded whether they took place: no outcome in the CRM and no no-show mark.',
    ),
  },
};

/** The name of a key figure; an unknown key stands for itself. */
export const nameOf = (key: string): string => KEYS[key]?.name ?? key.replaceAll('_', ' ');

/** Terms of formulas that are no figures themselves, in the words of the figures. */
export const TERMS: Record<string, string> = {
  'solution calls canceled': t('calls 2 cancelled'),
  'solution calls missed': t('calls 2 missed'),
  'deals won in its currency': t('deals won in its currency'),
  'triage calls canceled': t('calls 1 cancelled'),
  'triage calls missed': t('calls 1 missed'),
};

/** A formula with the names of the figures in it, as people write it; its other terms where the language knows them. */
export const formulaWords = (formula: string): string => code(formula) ?? inTerms(formula);

const inTerms = (formula: string): string =>
  formula
    .replaceAll(
      /[a-z](?:[a-z0-9_ ]*[a-z0-9])?/g,
      (term) => KEYS[term]?.name.toLowerCase() ?? TERMS[term] ?? code(term) ?? pseudoed(term),
    )
    .replaceAll(' / ', ' ÷ ')
    .replaceAll(' - ', ' − ');

const WHY: Record<string, string> = {
  counted: t('Counted'),
  other_month: t('In another month'),
  no_first_touch: t('No first touch, so in no cohort'),
  other_user: t('Of another person'),
  other_campaign: t('Of another campaign'),
  other_call_type: t('Another kind of call'),
  canceled: t('Cancelled'),
  no_show: t('Nobody came'),
  attended: t('Took place'),
  pending: t('Not over yet'),
  further_call_of_contact: t('A further call of the same person'),
  no_solution_call: t('No solution call booked'),
  recorded: t('Recorded: the CRM or a no-show mark says who came'),
  no_call: t('No call booked'),
  first_call_is_triage: t('The first call is a triage call'),
  other_currency: t('In another currency, so in no sum'),
  no_change: t('Changed nothing in this figure'),
  deal_without_touches: t('A deal without a touch before it'),
  share_of_month: t('A share of the month, by the paths of everybody'),
};

/** Why a row counts or not, in words. */
export const whyWord = (code: string): string => {
  const text = WHY[code] ?? code.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
};
