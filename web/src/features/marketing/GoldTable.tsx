import { useQuery } from '@tanstack/react-query';
import { count, money, NONE, ratio } from '@/shared/format/number';
import { channelWord } from '@/shared/format/channel';
import { t } from '@/shared/i18n/t';
import { Empty } from '@/shared/ui/Card';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { csvOf, table, useKnown, type AttributionRow, type Range } from './rows';

const columns = (unit: string): Column<AttributionRow>[] => [
  {
    key: 'channel',
    head: t('Channel'),
    cell: (r) => channelWord(r.channel),
    value: (r) => r.channel,
  },
  {
    key: 'campaign',
    head: t('Campaign'),
    cell: (r) => r.campaign ?? NONE,
    value: (r) => r.campaign,
  },
  {
    key: 'touches',
    head: t('Touches'),
    cell: (r) => count(r.touches),
    value: (r) => r.touches,
    figure: true,
  },
  {
    key: 'credit',
    head: t('Credit'),
    cell: (r) => ratio(r.conversions_credit),
    value: (r) => r.conversions_credit,
    figure: true,
  },
  {
    key: 'revenue',
    head: t('Revenue'),
    cell: (r) => money(r.revenue_credit_minor, r.currency ?? unit),
    value: (r) => r.revenue_credit_minor,
    figure: true,
  },
  {
    key: 'cash',
    head: t('Cash'),
    cell: (r) => money(r.cash_credit_minor, r.currency ?? unit),
    value: (r) => r.cash_credit_minor,
    figure: true,
  },
  {
    key: 'cost',
    head: t('Cost'),
    cell: (r) => money(r.cost_minor, r.cost_currency ?? unit),
    value: (r) => r.cost_minor,
    figure: true,
  },
  {
    key: 'roas',
    head: t('Return on cost'),
    cell: (r) => ratio(r.roas),
    value: (r) => r.roas,
    figure: true,
  },
];

/** What the touches of a model cost and what they returned, as the last run wrote it. */
export function GoldTable({ range, model, unit }: { range: Range; model: string; unit: string }) {
  const asked = { ...range, ...useKnown() };
  const query = useQuery(table('channel_attribution', asked));
  return (
    <Tile query={query} what={t('the costs')} height="h-40">
      {({ items }) => (
        <Table
          name={t('attribution with cost')}
          sortName="sort-cost"
          columns={columns(unit)}
          rows={items.filter((row) => row.model === model)}
          rowKey={(r) => `${r.month} ${r.channel} ${r.campaign ?? ''}`}
          csvHref={csvOf('channel_attribution', asked)}
          empty={<Empty>{t('The last run wrote no row of this model for these days.')}</Empty>}
        />
      )}
    </Tile>
  );
}
