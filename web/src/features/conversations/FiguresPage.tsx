import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { count, percent } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { instantsOf, shiftDay, today } from '@/shared/time';
import { duration } from '@/shared/format/duration';
import { Bars } from '@/shared/ui/Bars';
import { Card, Empty, Facts } from '@/shared/ui/Card';
import { Filter } from '@/shared/ui/Fields';
import { Figure } from '@/shared/ui/Figure';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { TABS } from './ConversationsPage';
import { Kinds } from './Kinds';
import { NotSent } from './NotSent';
import { INTENTS } from '@/shared/texts/reasons';

const SPANS = ['7', '30', '90'] as const;

type Variant = Schema['VariantView'];
const VARIANTS: Column<Variant>[] = [
  {
    key: 'text',
    head: t('Text'),
    cell: (r) => INTENTS[r.intent] ?? sentence(r.intent),
    value: (r) => r.intent,
  },
  { key: 'variant', head: t('Wording'), cell: (r) => r.variant, value: (r) => r.variant },
  { key: 'sent', head: t('Sent'), cell: (r) => count(r.sent), value: (r) => r.sent, figure: true },
  {
    key: 'rate',
    head: t('Reply rate'),
    cell: (r) => (
      <span className={r.reply_rate.denominator < 5 ? 'text-ink-3' : ''}>
        {percent(r.reply_rate.value)}{' '}
        <span className="text-ink-3">n={count(r.reply_rate.denominator)}</span>
      </span>
    ),
    value: (r) => r.reply_rate.value,
    figure: true,
  },
];

/** Figures of texts: sent, suppressed by reason, answered. */
export default function FiguresPage() {
  const { zone } = useFrame();
  const [span, setSpan] = useQueryState('days', parseAsStringLiteral(SPANS).withDefault('30'));
  const to = today(zone);
  const from = shiftDay(to, 1 - Number(span));
  const query = useQuery({
    queryKey: ['text-figures', from, to, zone],
    queryFn: () =>
      unwrap(api.GET('/api/messages/metrics', { params: { query: instantsOf(from, to, zone) } })),
    placeholderData: (before) => before,
  });
  return (
    <Page
      title={t('Conversations')}
      tabs={TABS}
      tools={
        <Filter
          label={t('Days')}
          value={span}
          options={SPANS.map((days) => [days, t`Last ${days} days`])}
          onChange={(days) => void setSpan(days as (typeof SPANS)[number], { history: 'push' })}
        />
      }
    >
      <Tile query={query} what={t('the figures')} height="h-96">
        {(data) => <Figures data={data} />}
      </Tile>
    </Page>
  );
}

/** How many replies are of each sort, the most first. */
function Sorts({ title, counts }: { title: string; counts: Record<string, number> }) {
  const sorts = Object.entries(counts)
    .filter(([, value]) => value > 0)
    .sort(([, a], [, b]) => b - a);
  if (sorts.length === 0) return null;
  return (
    <section>
      <h3 className="m-0 mb-2 text-table font-medium text-ink-2">{title}</h3>
      <Bars
        bars={sorts.map(([name, value]) => ({
          key: name,
          name: sentence(name),
          value,
          shown: count(value),
        }))}
      />
    </section>
  );
}

function Figures({ data }: { data: Schema['MessageMetrics'] }) {
  const { all } = data;
  return (
    <div className="flex flex-col gap-4">
      <div className="figures">
        <Figure
          name={t('Texts sent')}
          value={count(all.sent)}
          note={t`${count(all.parts)} parts`}
        />
        <Figure
          name={t('Reply rate')}
          value={percent(data.reply_rate.value)}
          rate={data.reply_rate}
          note={
            data.reply_rate.denominator === 0
              ? t('No booking got a text')
              : t`${count(data.reply_rate.numerator)} of ${count(data.reply_rate.denominator)} bookings that got a text`
          }
        />
        <Figure
          name={t('Waiting')}
          value={count(all.pending)}
          note={t('go out when they are due')}
        />
        <Figure
          name={t('Outcome unknown')}
          value={count(all.unknown)}
          note={t`${count(all.failed)} failed at the carrier`}
        />
      </div>
      <div className="grid gap-4 lg:grid-cols-2">
        <NotSent suppressed={all.suppressed} />
        <Card title={t('What do customers answer?')}>
          <div className="flex flex-col gap-4">
            <Sorts title={t('What they wanted')} counts={data.reply_intents} />
            <Sorts title={t('Mood')} counts={data.sentiments} />
            <Facts
              items={[
                [t('Replies'), count(data.replies)],
                [
                  t('Median time to reply'),
                  data.time_to_reply ? duration(data.time_to_reply.median_s) : '–',
                ],
                [
                  t('9 of 10 within'),
                  data.time_to_reply ? duration(data.time_to_reply.p90_s) : '–',
                ],
              ]}
            />
          </div>
        </Card>
      </div>
      <Kinds data={data} />
      <Card title={t('Which wording gets answers?')}>
        <Table
          name={t('wordings')}
          columns={VARIANTS}
          rows={data.variants}
          rowKey={(r) => `${r.intent} ${r.variant}`}
          empty={
            <Empty>
              {t('No text has more than one wording. Add one in bookpath.toml under [messages].')}
            </Empty>
          }
        />
      </Card>
    </div>
  );
}
