import { type Customer } from '@/shared/api/people';
import { alertWord } from '@/shared/format/alerts';
import { count, NONE, percent } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import type { Column } from '@/shared/ui/Table';
import { Time } from '@/shared/ui/Time';
import { HealthDoor } from './HealthDoor';

/** What a customer is called in a list. */
export const nameOf = (row: Customer): string => row.name ?? row.email ?? t('Erased person');

/** What a customer's line tells; whoever looks after them by name, where the team knows it. */
export const columnsOf = (
  team: (address: string | null | undefined) => string | null,
): Column<Customer>[] => [
  { key: 'name', head: t('Customer'), cell: nameOf, value: nameOf },
  {
    key: 'health',
    head: t('Health'),
    cell: (r) => <HealthDoor row={r} />,
    value: (r) => r.health_score,
  },
  {
    key: 'alerts',
    head: t('Alerts'),
    cell: (r) =>
      r.alerts.length === 0 ? (
        NONE
      ) : (
        <span className="flex gap-1 max-sm:flex-wrap">
          {r.alerts.map((alert) => (
            <Badge key={alert} tone="warn">
              {alertWord(alert)}
            </Badge>
          ))}
        </span>
      ),
    value: (r) => r.alerts.join(' '),
  },
  {
    key: 'am',
    head: t('Account manager'),
    cell: (r) => r.assigned_am ?? NONE,
    value: (r) => r.assigned_am,
  },
  {
    key: 'last',
    head: t('Last call'),
    cell: (r) => <Time at={r.last_call_date} />,
    value: (r) => r.last_call_date,
  },
  {
    key: 'next',
    head: t('Next call'),
    cell: (r) => <Time at={r.next_call_date} />,
    value: (r) => r.next_call_date,
  },
  {
    key: 'booked',
    head: t('Calls booked'),
    cell: (r) => count(r.total_calls_booked),
    value: (r) => r.total_calls_booked,
    figure: true,
  },
  {
    key: 'completed',
    head: t('Calls completed'),
    cell: (r) => count(r.calls_completed),
    value: (r) => r.calls_completed,
    figure: true,
  },
  {
    key: 'no_show',
    head: t('No-shows'),
    cell: (r) => count(r.calls_no_show),
    value: (r) => r.calls_no_show,
    figure: true,
  },
  {
    key: 'canceled',
    head: t('Calls cancelled'),
    cell: (r) => count(r.calls_canceled),
    value: (r) => r.calls_canceled,
    figure: true,
  },
  {
    key: 'moved',
    head: t('Calls moved'),
    cell: (r) => count(r.calls_rescheduled),
    value: (r) => r.calls_rescheduled,
    figure: true,
  },
  {
    key: 'upcoming',
    head: t('Calls ahead'),
    cell: (r) => count(r.calls_upcoming),
    value: (r) => r.calls_upcoming,
    figure: true,
  },
  {
    key: 'show',
    head: t('Show rate'),
    cell: (r) => percent(r.show_rate),
    value: (r) => r.show_rate,
    figure: true,
  },
  {
    key: 'attendance',
    head: t('Attendance rate'),
    cell: (r) => percent(r.attendance_rate),
    value: (r) => r.attendance_rate,
    figure: true,
  },
  {
    key: 'owner',
    head: t('CRM owner'),
    cell: (r) => team(r.crm_owner) ?? NONE,
    value: (r) => team(r.crm_owner),
  },
];
