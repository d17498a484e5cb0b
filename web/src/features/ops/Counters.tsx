import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import { count, NONE, percent } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Facts } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';

/** Counters that say how the business runs; the others measure the machine. */
const MAIN: Record<string, string> = {
  webhook_received: t('Webhooks received'),
  webhook_duplicate: t('Duplicate webhooks'),
  webhook_ignored: t('Ignored webhooks'),
  webhook_failed: t('Failed webhooks'),
  webhook_rejected: t('Rejected webhooks'),
  dead_letters: t('Records given up'),
  replayed: t('Deliveries replayed'),
  bookings: t('Bookings'),
  effects_sms: t('Texts to the carrier'),
  effects_stripe: t('Calls to Stripe'),
  effects_calendly: t('Calls to Calendly'),
};

/** Steps of the meters of latency: so many requests or webhooks took at most so long. */
const STEP = /^(api|webhook)_latency_ms_(\d+|more)$/;

/** What a counter counts. */
const counterWord = (name: string): string => {
  const [, of, most] = STEP.exec(name) ?? [];
  if (!of || !most) return MAIN[name] ?? sentence(name);
  if (most === 'more')
    return of === 'api' ? t('Requests slower than all these') : t('Webhooks slower than all these');
  return of === 'api' ? t`Requests within ${most} ms` : t`Webhooks within ${most} ms`;
};

export function Counters({ counters }: { counters: Record<string, number> }) {
  const facts = (names: string[]) =>
    names
      .filter((name) => name in counters)
      .map((name): [string, string] => [counterWord(name), count(counters[name])]);
  const others = Object.keys(counters).filter((name) => !(name in MAIN));
  return (
    <div className="flex flex-col gap-3">
      <Facts items={facts(Object.keys(MAIN))} />
      <details>
        <summary className="min-h-6 text-ink-2">{t('All counters')}</summary>
        <div className="mt-3">
          <Facts items={facts(others)} />
        </div>
      </details>
    </div>
  );
}

/** So many milliseconds at the most; beyond the last step of the meter none is known. */
const ms = (value: number | null | undefined): string =>
  value === null || value === undefined ? NONE : t`within ${count(value)} ms`;

/** How long webhooks and requests take, and how often a call fails. */
export function Speed() {
  const figures = useQuery({
    queryKey: ['booking-figures'],
    queryFn: () => unwrap(api.GET('/api/bookings/metrics', { params: { query: {} } })),
  });
  return (
    <Tile query={figures} what={t('the latencies')}>
      {({ technical }) => (
        <Facts
          items={[
            [t('Half of the webhooks'), ms(technical.webhook_processing_latency.p50_ms)],
            [t('99 of 100 webhooks'), ms(technical.webhook_processing_latency.p99_ms)],
            [t('Half of the requests'), ms(technical.api_latency.p50_ms)],
            [t('99 of 100 requests'), ms(technical.api_latency.p99_ms)],
            ...Object.entries(technical.error_rate_by_category.categories).map(
              ([name, rate]): [string, string] => [
                sentence(name),
                t`${percent(rate.value)} of ${count(rate.denominator)}`,
              ],
            ),
          ]}
        />
      )}
    </Tile>
  );
}
