import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { Link } from 'react-router';
import { customers, type Customer } from '@/shared/api/people';
import { useList } from '@/shared/api/useList';
import { ALERTS, alertWord } from '@/shared/format/alerts';
import { count, NONE, percent } from '@/shared/format/number';
import { usePast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { useCarried } from '@/shared/moment';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { buttonClass } from '@/shared/ui/classes';
import { Overlay } from '@/shared/ui/Dialogs';
import { Filter } from '@/shared/ui/Fields';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { bandOf, Health } from './Health';
import { CustomerFacts } from './Summary';

const NEXT = ['any', 'with', 'without'] as const;
const BANDS = ['any', 'good', 'fair', 'poor'] as const;
const ANYBODY = '';

const name = (row: Customer): string => row.name ?? row.email ?? t('Erased person');

const COLUMNS: Column<Customer>[] = [
  { key: 'name', head: t('Customer'), cell: name, value: name },
  {
    key: 'health',
    head: t('Health'),
    cell: (r) => <Health score={r.health_score} />,
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
    key: 'owner',
    head: t('CRM owner'),
    cell: (r) => r.crm_owner ?? NONE,
    value: (r) => r.crm_owner,
  },
  {
    key: 'booked',
    head: t('Calls'),
    cell: (r) => count(r.total_calls_booked),
    value: (r) => r.total_calls_booked,
    figure: true,
  },
  {
    key: 'completed',
    head: t('Completed'),
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
    head: t('Cancelled'),
    cell: (r) => count(r.calls_canceled),
    value: (r) => r.calls_canceled,
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
];

/** Who is at risk, who has no next call? */
export default function CustomersPage() {
  const [state, set] = useQueryStates(
    {
      alert: parseAsString,
      next: parseAsStringLiteral(NEXT).withDefault('any'),
      health: parseAsStringLiteral(BANDS).withDefault('any'),
      am: parseAsString.withDefault(ANYBODY),
      open: parseAsString,
    },
    { history: 'push' },
  );
  const past = usePast();
  const asked = {
    ...past,
    alert: state.alert,
    next_call: state.next === 'any' ? null : state.next === 'with' ? 'some' : 'none',
  };
  const list = useList<Customer>(['customers', asked], (cursor) =>
    customers({ ...asked, limit: 1000, cursor }),
  );
  const managers = [...new Set(list.rows.flatMap((row) => row.assigned_am ?? []))].sort();
  const fits = (row: Customer) =>
    (state.health === 'any' || bandOf(row.health_score) === state.health) &&
    (state.am === ANYBODY || row.assigned_am === state.am);
  const wanted = list.rows.filter(fits);
  const filtered =
    asked.alert !== null || asked.next_call !== null || wanted.length < list.rows.length;
  const clear = () => void set({ alert: null, next: null, health: null, am: null });
  const opened = wanted.findIndex((row) => row.contact_id === state.open);
  return (
    <Page
      title={t('Customers')}
      note={t('How reliable people are, and when they come next.')}
      tools={
        <>
          <Filter
            label={t('Alert')}
            value={state.alert ?? ''}
            options={[
              ['', t('With or without')],
              ['any', t('Any alert')],
              ...ALERTS.map((a): [string, string] => [a, alertWord(a)]),
            ]}
            onChange={(alert) => void set({ alert: alert || null })}
          />
          <Filter
            label={t('Next call')}
            value={state.next}
            options={[
              ['any', t('Any')],
              ['with', t('Planned')],
              ['without', t('None')],
            ]}
            onChange={(next) => void set({ next: next as (typeof NEXT)[number] })}
          />
          <Filter
            label={t('Health')}
            value={state.health}
            options={[
              ['any', t('Any')],
              ['good', t('Good')],
              ['fair', t('Fair')],
              ['poor', t('At risk')],
            ]}
            onChange={(health) => void set({ health: health as (typeof BANDS)[number] })}
          />
          {managers.length > 0 && (
            <Filter
              label={t('Manager')}
              value={state.am}
              options={[
                [ANYBODY, t('Any')],
                ...managers.map((one): [string, string] => [one, one]),
              ]}
              onChange={(am) => void set({ am: am || null })}
            />
          )}
        </>
      }
    >
      <Card>
        <Tile query={list.query} what={t('the customers')} height="h-96">
          {() => (
            <Table
              name={t('customers')}
              columns={COLUMNS}
              rows={wanted}
              rowKey={(r) => r.contact_id}
              onOpen={(r) => void set({ open: r.contact_id })}
              more={list.more}
              total={filtered ? null : list.total}
              all={async () => (await list.all()).filter(fits)}
              empty={
                filtered ? (
                  <Empty action={<Button onClick={clear}>{t('Clear filters')}</Button>}>
                    {t('Nobody matches.')}
                  </Empty>
                ) : (
                  <Empty>
                    {t('No customers yet. Everybody who books or writes appears here.')}
                  </Empty>
                )
              }
            />
          )}
        </Tile>
      </Card>
      <Peek
        row={wanted[opened]}
        place={opened}
        rows={wanted}
        onGo={(row) => void set({ open: row?.contact_id ?? null })}
      />
    </Page>
  );
}

/** One customer beside the list, with the ones before and after. */
function Peek({
  row,
  rows,
  place,
  onGo,
}: {
  row: Customer | undefined;
  rows: Customer[];
  place: number;
  onGo: (row: Customer | null) => void;
}) {
  const to = useCarried();
  if (!row) return null;
  const step = (by: number) => rows[place + by];
  return (
    <Overlay
      open
      onClose={() => {
        onGo(null);
      }}
      title={name(row)}
      note={t`${count(place + 1)} of ${count(rows.length)}`}
      actions={
        <>
          <Button
            kind="quiet"
            disabled={!step(-1)}
            onClick={() => {
              onGo(step(-1) ?? row);
            }}
            aria-label={t('Customer before')}
          >
            ‹
          </Button>
          <Button
            kind="quiet"
            disabled={!step(1)}
            onClick={() => {
              onGo(step(1) ?? row);
            }}
            aria-label={t('Customer after')}
          >
            ›
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Link
          className={buttonClass('primary', 'self-start')}
          to={to(`/app/contacts/${row.contact_id}`)}
        >
          {t('Open the person')}
        </Link>
        <CustomerFacts row={row} />
      </div>
    </Overlay>
  );
}
