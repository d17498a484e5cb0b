import type { Schema } from '@/shared/api/client';
import { count, NONE, percent } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { INTENTS, reasonWord } from '@/shared/texts/reasons';
import { Card, Empty } from '@/shared/ui/Card';
import { Table, type Column } from '@/shared/ui/Table';

type Texts = Schema['TextsView'];
type Row = Texts & { intent: string };

const reasons = (row: Row): string =>
  Object.entries(row.suppressed)
    .map(([reason, n]) => `${reasonWord(reason)} ${count(n)}`)
    .join(', ');

const figure = (
  key: 'sent' | 'parts' | 'pending' | 'failed' | 'unknown',
  head: string,
): Column<Row> => ({
  key,
  head,
  cell: (row) => count(row[key]),
  value: (row) => row[key],
  figure: true,
});

const COLUMNS: Column<Row>[] = [
  {
    key: 'intent',
    head: t('Text'),
    cell: (row) => INTENTS[row.intent] ?? sentence(row.intent),
    value: (row) => row.intent,
  },
  figure('sent', t('Sent')),
  figure('parts', t('Parts')),
  {
    key: 'reply',
    head: t('Reply rate'),
    cell: (row) => (
      <>
        {percent(row.reply_rate.value)}{' '}
        <span className="text-ink-3">n={count(row.reply_rate.denominator)}</span>
      </>
    ),
    value: (row) => row.reply_rate.value,
    figure: true,
  },
  figure('pending', t('Waiting')),
  figure('failed', t('Failed')),
  figure('unknown', t('Outcome unknown')),
  {
    key: 'why',
    head: t('Not sent'),
    cell: (row) => (
      <span className="block py-1 whitespace-normal sm:w-56">{reasons(row) || NONE}</span>
    ),
    value: reasons,
  },
];

/** How each kind of text does. */
export function Kinds({ data }: { data: Schema['MessageMetrics'] }) {
  const rows = Object.entries(data.by_intent).map(([intent, texts]) => ({ ...texts, intent }));
  return (
    <Card title={t('How does each kind of text do?')}>
      <Table
        name={t('kinds of text')}
        sortName="kinds"
        columns={COLUMNS}
        rows={rows}
        rowKey={(row) => row.intent}
        empty={<Empty>{t('No text was due in these days.')}</Empty>}
      />
    </Card>
  );
}
