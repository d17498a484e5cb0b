/** Which figures a page of people shows, and in which groups. */

import { t } from '@/shared/i18n/t';

export interface Layout {
  title: string;
  asks: string;
  groups: [title: string, keys: string[]][];
  /** Columns of the table per person. */
  columns: string[];
  /** What the two charts per person show. */
  bar: string;
  dot: string;
}

export const LAYOUTS: Record<'sales' | 'setters', Layout> = {
  sales: {
    title: t('Sales'),
    asks: t('Who brings what?'),
    groups: [
      [t('Outcome'), ['deals_won', 'cash_collected', 'revenue', 'close_rate']],
      [
        t('Calls'),
        ['triage_attended', 'solution_attended', 'solution_show_rate', 'calls_to_close'],
      ],
      [t('Per call'), ['epc2_revenue', 'epc2_cash', 'profit_per_call2', 'avg_contract_value']],
      [t('Return'), ['cash_efficiency', 'cash_roi', 'profit_efficiency', 'admin_missing_rate']],
    ],
    columns: [
      'deals_won',
      'cash_collected',
      'revenue',
      'triage_booked',
      'triage_attended',
      'triage_show_rate',
      'solution_booked',
      'solution_attended',
      'solution_show_rate',
      'close_rate',
      'epc2_revenue',
      'cash_per_solution_attended',
      'avg_contract_value',
      'admin_missing_rate',
    ],
    bar: 'cash_collected',
    dot: 'close_rate',
  },
  setters: {
    title: t('Setters'),
    asks: t('Who fills the calendar?'),
    groups: [
      [t('Leads'), ['leads', 'cpl', 'direct_booking_rate', 'lead_to_close_rate']],
      [
        t('Call 1'),
        ['triage_booked', 'triage_show_rate', 'triage_cancel_rate', 'triage_no_show_rate'],
      ],
      [
        t('To call 2'),
        [
          'triage_attended',
          'triage_to_solution_rate',
          'solution_booked',
          'solution_per_triage_attended',
        ],
      ],
      [
        t('Cost'),
        [
          'spend',
          'cost_per_triage_booked',
          'cost_per_solution_booked',
          'cost_per_solution_attended',
        ],
      ],
    ],
    columns: [
      'leads',
      'triage_booked',
      'triage_attended',
      'triage_show_rate',
      'triage_cancel_rate',
      'triage_no_show_rate',
      'triage_to_solution_rate',
      'solution_booked',
      'direct_booking_rate',
    ],
    bar: 'triage_booked',
    dot: 'triage_show_rate',
  },
};
