import { t } from '@/shared/i18n/t';
import { campaignWord, channelWord } from '@/shared/format/channel';
import type { Attribution, Credit, FigureView } from '@/shared/api/numbers';
import { BOOKING, MODELS, modelOf, type Model } from '@/shared/numbers/models';

export { BOOKING, MODELS, modelOf, type Model };

export const BY = ['channel', 'campaign'] as const;
export type By = (typeof BY)[number];

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

/** What a credit is given to, in words. */
export const wordOf = (name: string, by: By): string =>
  by === 'channel' ? channelWord(name) : campaignWord(name === 'none' ? null : name);

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
  return {
    value,
    numerator: value,
    unit: measure === 'deals' ? 'ratio' : 'money',
    formula:
      measure === 'revenue'
        ? t`revenue of won deals, shared by the model ${model}`
        : measure === 'cash'
          ? t`cash of won deals, shared by the model ${model}`
          : t`deals won, shared by the model ${model}`,
    currency,
    drill: credit.drills[FIELDS[measure]] ?? null,
  };
};

/** Whether every model credits the same amount, by the server's totals; `null` where it tells none. */
export const sameTotal = (found: Attribution, measure: Measure): number | false | null => {
  const [first, ...rest] = MODELS.flatMap(({ key }) => found.totals[key]?.[FIELDS[measure]] ?? []);
  if (first === undefined) return null;
  return rest.every((one) => one === first) ? first : false;
};
