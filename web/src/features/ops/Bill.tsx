import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { count, dollars } from '@/shared/format/number';
import { NUMBERS } from '@/shared/i18n/language';
import { t } from '@/shared/i18n/t';
import { Card, Empty } from '@/shared/ui/Card';
import { Filter } from '@/shared/ui/Fields';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';

type Line = Schema['BillLine'];

/** Products of AWS keep their names in every language. */
const SERVICES: Record<string, string> = {
  lambda: 'Lambda',
  step_functions: 'Step Functions',
  dynamodb: 'DynamoDB',
  kinesis: 'Kinesis',
  s3: 'S3',
  athena: 'Athena',
  api_gateway: 'API Gateway',
  sms: t('Text messages'),
};
const UNITS: Record<string, string> = {
  'GB-second': t('GB-seconds'),
  'million requests': t('million requests'),
  'million transitions': t('million transitions'),
  'million writes': t('million writes'),
  'million reads': t('million reads'),
  'shard-hour': t('shard-hours'),
  'thousand puts': t('thousand puts'),
  'TB scanned': t('TB scanned'),
  part: t('parts'),
};

/** An exact decimal with the separators of the page's language. */
const exact = (text: string): string =>
  new Intl.NumberFormat(NUMBERS, { maximumFractionDigits: 6 }).format(
    text as unknown as Parameters<Intl.NumberFormat['format']>[0],
  );

const COLUMNS: Column<Line>[] = [
  {
    key: 'service',
    head: t('Service'),
    cell: (r) => SERVICES[r.service] ?? r.service,
    value: (r) => r.service,
  },
  {
    key: 'quantity',
    head: t('Used'),
    cell: (r) => exact(r.quantity),
    value: (r) => r.quantity,
    figure: true,
  },
  { key: 'unit', head: t('Unit'), cell: (r) => UNITS[r.unit] ?? r.unit, value: (r) => r.unit },
  {
    key: 'unit_price',
    head: t('Price of one'),
    cell: (r) => dollars(r.unit_price, 12),
    value: (r) => r.unit_price,
    unit: 'USD',
    figure: true,
  },
  {
    key: 'amount',
    head: t('Costs'),
    cell: (r) => dollars(r.amount, 4),
    value: (r) => r.amount,
    unit: 'USD',
    figure: true,
  },
];

const MONTHS = ['100', '1000', '10000'] as const;

/** What the metered use costs on AWS, or a month with so many bookings would. */
export function Bill() {
  const [month, setMonth] = useQueryState(
    'bill',
    parseAsStringLiteral(MONTHS).withOptions({ history: 'push' }),
  );
  const query = useQuery({
    queryKey: ['bill', month],
    queryFn: () => {
      const asked = month === null ? {} : { appointments: Number(month) };
      return unwrap(api.GET('/api/bill', { params: { query: asked } }));
    },
    // AWS counts each question, and its meters lag some minutes.
    staleTime: 600_000,
  });
  return (
    <Card
      title={<span id="bill">{t('What it costs')}</span>}
      note={t('Metered use on AWS at the prices of bookpath.toml, without taxes and free tiers.')}
      actions={
        <Filter
          label={t('For')}
          value={month ?? ''}
          options={[
            ['', t('What was used so far')],
            ...MONTHS.map((n): [string, string] => [
              n,
              t`A month with ${count(Number(n))} bookings`,
            ]),
          ]}
          onChange={(next) => void setMonth(MONTHS.find((n) => n === next) ?? null)}
        />
      }
    >
      <Tile query={query} what={t('the bill')}>
        {(bill) => (
          <div className="flex flex-col gap-3">
            <p className="m-0">
              {t`${dollars(bill.total)} in all. So far ${count(bill.bookings)} bookings were metered.`}
            </p>
            <Table
              name={t('bill')}
              columns={COLUMNS}
              rows={bill.lines}
              rowKey={(r) => `${r.service} ${r.unit}`}
              empty={<Empty>{t('Nothing was metered.')}</Empty>}
            />
          </div>
        )}
      </Tile>
    </Card>
  );
}
