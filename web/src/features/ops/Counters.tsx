import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import { count, NONE, percent } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Facts } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';

/** Counters that say how the business runs; the others measure the machine. */
const MAIN = [
  'webhook_received',
  'webhook_duplicate',
  'webhook_ignored',
  'webhook_failed',
  'webhook_rejected',
  'dead_letters',
  'replayed',
  'bookings',
  'effects_sms',
  'effects_stripe',
  'effects_calendly',
];

export function Counters({ counters }: { counters: Record<string, number> }) {
  const facts = (names: string[]) =>
    names
      .filter((name) => name in counters)
      .map((name): [string, string] => [sentence(name), count(counters[name])]);
  const others = Object.keys(counters).filter((name) => !MAIN.includes(name));
  return (
    <div className="flex flex-col gap-3">
      <Facts items={facts(MAIN)} />
      <details>
        <summary className="min-h-6 text-ink-2">{t('All counters')}</summary>
        <div className="mt-3">
          <Facts items={facts(others)} />
        </div>
      </details>
    </div>
  );
}

/** Milliseconds, or a dash. */
const ms = (value: number | null | undefined): string =>
  value === null || value === undefined ? NONE : t`${count(value)} ms`;

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
            [t('Webhooks, half within'), ms(technical.webhook_processing_latency.p50_ms)],
            [t('Webhooks, 99 of 100 within'), ms(technical.webhook_processing_latency.p99_ms)],
            [t('Requests, half within'), ms(technical.api_latency.p50_ms)],
            [t('Requests, 99 of 100 within'), ms(technical.api_latency.p99_ms)],
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
