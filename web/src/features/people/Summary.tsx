import { useQuery } from '@tanstack/react-query';
import { customer, type Customer, type FactorEvidence } from '@/shared/api/people';
import { alertWord } from '@/shared/format/alerts';
import { count, money, NONE, percent } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame, usePast } from '@/shared/frame';
import { many, t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Card, Facts } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { Factors } from './Factors';
import { Health } from './Health';
import { useTeamName } from './team';

/** How reliable a person is, and why. */
export function Summary({ id }: { id: string }) {
  const { currency } = useFrame();
  const query = useQuery(customer(id, usePast()));
  return (
    <Card title={t('Health')}>
      <Tile query={query} what={t('the health')}>
        {(row) => (
          <div className="flex flex-col gap-3">
            <CustomerFacts row={row} />
            {row.high_value && (
              <p className="m-0">
                <Badge tone="info">{t('High value')}</Badge>{' '}
                {t`${money(row.won_revenue_minor, currency, { short: true })} won`}
              </p>
            )}
            {row.factors.length > 0 && <Rests factors={row.factors} />}
          </div>
        )}
      </Tile>
    </Card>
  );
}

/** What each factor of the health rests on. */
function Rests({ factors }: { factors: FactorEvidence[] }) {
  return (
    <details>
      <summary className="min-h-6 text-table text-ink-2">{t('What the health rests on')}</summary>
      <ul className="m-0 flex list-none flex-col gap-1 p-0 text-table">
        {factors.map((factor) => (
          <li key={factor.code} className="flex flex-wrap gap-x-2">
            <span className="font-medium">{sentence(factor.code)}</span>
            <span>
              {many(factor.calls.length, t('1 call'), t`${count(factor.calls.length)} calls`)}
            </span>
            {factor.fraction && (
              <span>{t`${count(factor.fraction[0])} of ${count(factor.fraction[1])} taken`}</span>
            )}
            {factor.since && (
              <span className="text-ink-3">
                {t('since')} <Time at={factor.since} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The figures of a customer. */
export function CustomerFacts({ row }: { row: Customer }) {
  const nameOf = useTeamName();
  const differ = row.alerts.includes('am_change');
  return (
    <Facts
      items={[
        [t('Health'), <Health key="h" score={row.health_score} />],
        [t('Why'), <Factors key="f" factors={row.health_factors} />],
        [
          t('Alerts'),
          row.alerts.length > 0 ? (
            <span key="a" className="flex flex-wrap gap-1">
              {row.alerts.map((alert) => (
                <Badge key={alert} tone="warn">
                  {alertWord(alert)}
                </Badge>
              ))}
            </span>
          ) : (
            t('None')
          ),
        ],
        [t('Account manager'), row.assigned_am ?? NONE],
        [
          t('CRM owner'),
          <span key="o" className="inline-flex flex-wrap items-center gap-2">
            {nameOf(row.crm_owner) ?? NONE}
            {differ && <Badge tone="warn">{t('Not the manager')}</Badge>}
          </span>,
        ],
        [t('Next call'), <Time key="n" at={row.next_call_date} />],
        [t('Last call'), <Time key="l" at={row.last_call_date} />],
        [t('Show rate'), percent(row.show_rate)],
        [t('Attendance rate'), percent(row.attendance_rate)],
        [t('Calls booked'), count(row.total_calls_booked)],
        [t('Calls completed'), count(row.calls_completed)],
        [t('No-shows'), count(row.calls_no_show)],
        [t('Calls cancelled'), count(row.calls_canceled)],
        [t('Calls moved'), count(row.calls_rescheduled)],
        [t('Calls ahead'), count(row.calls_upcoming)],
      ]}
    />
  );
}
