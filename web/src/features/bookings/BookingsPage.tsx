import { parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { parseAsDay } from '@/shared/address';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { address } from '@/shared/api/get';
import { useList } from '@/shared/api/useList';
import { money, NONE } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { within } from '@/shared/time';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { DayFilter, Filter } from '@/shared/ui/Fields';
import { FindText } from '@/shared/ui/FindText';
import { Id } from '@/shared/ui/Id';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { STATES, stateWord } from './states';
import { filterOf, VIEWS, Views } from './Views';

type Booking = Schema['BookingView'];

const COLUMNS: Column<Booking>[] = [
  {
    key: 'who',
    head: t('Customer'),
    cell: (r) => r.name ?? <Id id={r.booking_id} />,
    value: (r) => r.name ?? r.booking_id,
  },
  {
    key: 'state',
    head: t('State'),
    cell: (r) => {
      const look = STATES[r.state];
      return (
        <Badge tone={look?.tone ?? 'plain'} waits={look?.waits ?? false}>
          {stateWord(r.state)}
        </Badge>
      );
    },
    value: (r) => r.state,
  },
  {
    key: 'session',
    head: t('Session'),
    cell: (r) => r.event_name ?? NONE,
    value: (r) => r.event_name,
  },
  {
    key: 'start',
    head: t('Call'),
    cell: (r) => <Time at={r.start_time} other={r.timezone} />,
    value: (r) => r.start_time,
  },
  { key: 'host', head: t('Host'), cell: (r) => r.host_name ?? NONE, value: (r) => r.host_name },
  {
    key: 'price',
    head: t('Price'),
    cell: (r) => (r.amount_minor === 0 ? t('Free') : money(r.amount_minor, r.currency)),
    value: (r) => r.amount_minor,
    figure: true,
  },
  {
    key: 'paid',
    head: t('Paid'),
    cell: (r) => (r.paid_minor === 0 ? NONE : money(r.paid_minor, r.currency)),
    value: (r) => r.paid_minor,
    figure: true,
  },
  {
    key: 'refunded',
    head: t('Money refunded'),
    cell: (r) => (r.refunded_minor === 0 ? NONE : money(r.refunded_minor, r.currency)),
    value: (r) => r.refunded_minor,
    figure: true,
  },
  {
    key: 'since',
    head: t('In this state since'),
    cell: (r) => <Time at={r.state_since} />,
    value: (r) => r.state_since,
  },
];

/** Bookings with their states; stuck ones can be filtered. */
export default function BookingsPage() {
  const navigate = useNavigate();
  const { zone } = useFrame();
  const [{ view, from, to }, set] = useQueryStates(
    {
      view: parseAsStringLiteral(VIEWS).withDefault('all'),
      from: parseAsDay,
      to: parseAsDay,
    },
    { history: 'push' },
  );
  // A name stays out of the address.
  const [name, setName] = useState('');
  const narrowed = view !== 'all' || from !== null || to !== null || name !== '';
  const filter = { ...filterOf(view), ...within(from, to, zone), ...(name ? { q: name } : {}) };
  const list = useList<Booking>(['bookings', filter], (cursor) => {
    const query = { ...filter, limit: 100, ...(cursor ? { cursor } : {}) };
    return unwrap(api.GET('/api/bookings', { params: { query } }));
  });
  const onView = (next: string) => void set({ view: next });
  const clear = () => {
    setName('');
    void set({ view: null, from: null, to: null });
  };
  return (
    <Page
      title={t('Bookings')}
      note={t('Every booking with its state, its money and what it waits for.')}
      views={<Views view={view} onView={onView} />}
      tools={
        <>
          <Filter
            label={t('State')}
            value={view in STATES ? view : 'all'}
            options={[
              ['all', t('All')],
              ...Object.keys(STATES).map((state): [string, string] => [state, stateWord(state)]),
            ]}
            onChange={onView}
          />
          <DayFilter
            label={t('Booked since')}
            value={from}
            onChange={(day) => void set({ from: day })}
          />
          <DayFilter label={t('Until')} value={to} onChange={(day) => void set({ to: day })} />
          <FindText
            label={t('Name or session')}
            hint={t('Find bookings')}
            value={name}
            onFind={setName}
          />
        </>
      }
    >
      <Card>
        <Tile query={list.query} what={t('the bookings')} height="h-96">
          {() => (
            <Table
              name={t('bookings')}
              columns={COLUMNS}
              rows={list.rows}
              rowKey={(r) => r.booking_id}
              onOpen={(r) => void navigate(`/app/bookings/${r.booking_id}`)}
              more={list.more}
              csvHref={address('/api/bookings', { ...filter, format: 'csv' })}
              total={list.total}
              empty={
                <Empty action={narrowed && <Button onClick={clear}>{t('Show all')}</Button>}>
                  {view === 'stuck'
                    ? t('Nothing is stuck ✓')
                    : narrowed
                      ? t('No booking fits.')
                      : t('No booking yet. Each one appears here as soon as Calendly tells of it.')}
                </Empty>
              }
            />
          )}
        </Tile>
      </Card>
    </Page>
  );
}
