import { t } from '@/shared/i18n/t';
import type { Attribution, Credit, FigureView } from '@/shared/api/numbers';

export interface Model {
  key: string;
  name: string;
  /** Its mark in the chart. */
  letter: string;
  meaning: string;
}

/** The models that credit deals. `booking` stands apart: it credits bookings. */
export const MODELS: Model[] = [
  { key: 'first', name: t('First'), letter: 'F', meaning: t('Everything to the first touch.') },
  { key: 'last', name: t('Last'), letter: 'L', meaning: t('Everything to the last touch.') },
  { key: 'linear', name: t('Even'), letter: 'E', meaning: t('The same to each touch.') },
  {
    key: 'u',
    name: t('U-shaped'),
    letter: 'U',
    meaning: t('40 % first, 40 % last, 20 % between.'),
  },
  {
    key: 'w',
    name: t('W-shaped'),
    letter: 'W',
    meaning: t('30 % first, 30 % call 1 booked, 30 % call 2 booked, 10 % the others.'),
  },
  {
    key: 'time_decay',
    name: t('Decay'),
    letter: 'D',
    meaning: t('Half as much for each half-life before the deal.'),
  },
  {
    key: 'markov',
    name: t('Markov'),
    letter: 'M',
    meaning: t('By how many deals would be lost without the channel.'),
  },
  {
    key: 'shapley',
    name: t('Shapley'),
    letter: 'S',
    meaning: t('By what the channel adds on average, over all orders.'),
  },
];
export const BOOKING = 'booking';

export const modelOf = (key: string): Model | undefined => MODELS.find((one) => one.key === key);

export const MEASURES = ['revenue', 'cash', 'deals'] as const;
export type Measure = (typeof MEASURES)[number];

const FIELDS = {
  revenue: 'revenue_credit_minor',
  cash: 'cash_credit_minor',
  deals: 'conversions_credit',
} as const;

export const creditOf = (credit: Credit, measure: Measure): number => credit[FIELDS[measure]];

/** What a credit is given to. */
export const nameOf = (credit: Credit): string => credit.channel ?? credit.campaign ?? 'none';

/** A channel or campaign with its credit under each model. */
export interface Line {
  name: string;
  by: Map<string, Credit>;
}

/** The rows of all models that credit deals, by channel or campaign. */
export const linesOf = (found: Attribution): Line[] => {
  const lines = new Map<string, Map<string, Credit>>();
  for (const row of found.rows) {
    if (row.model === BOOKING) continue;
    const by = lines.get(nameOf(row)) ?? new Map<string, Credit>();
    by.set(row.model, row);
    lines.set(nameOf(row), by);
  }
  return [...lines].map(([name, by]) => ({ name, by }));
};

/** The credit of a line under a model; nothing credited is 0. */
export const creditIn = (line: Line, model: string, measure: Measure): number => {
  const credit = line.by.get(model);
  return credit ? creditOf(credit, measure) : 0;
};

/** A credit as a figure that opens. */
export const figureOf = (credit: Credit, measure: Measure, currency: string): FigureView => {
  if (credit.model === BOOKING) {
    return {
      value: credit.conversions_credit,
      numerator: credit.conversions_credit,
      unit: 'count',
      formula: t('bookings, each by the channel that it came by'),
      drill: credit.drill,
    };
  }
  const value = creditOf(credit, measure);
  const model = modelOf(credit.model)?.name ?? credit.model;
  // The rows of a credit are its shares of revenue.
  return {
    value,
    numerator: credit.revenue_credit_minor,
    unit: measure === 'deals' ? 'ratio' : 'money',
    formula:
      measure === 'revenue'
        ? t`revenue of won deals, shared by the model ${model}`
        : measure === 'cash'
          ? t`cash of won deals, shared by the model ${model}; its rows show the revenue of each share`
          : t`deals won, shared by the model ${model}; its rows show the revenue of each share`,
    currency,
    drill: credit.drill,
  };
};

/** Whether every model credits the same amount, by the server's totals; `null` where it tells none. */
export const sameTotal = (found: Attribution, measure: Measure): number | false | null => {
  const [first, ...rest] = MODELS.flatMap(({ key }) => found.totals[key]?.[FIELDS[measure]] ?? []);
  if (first === undefined) return null;
  return rest.every((one) => one === first) ? first : false;
};
