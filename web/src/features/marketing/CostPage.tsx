import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { count, money, NONE } from '@/shared/format/number';
import { channelWord } from '@/shared/format/channel';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { day } from '@/shared/time';
import { useList } from '@/shared/api/useList';
import { Card, Empty } from '@/shared/ui/Card';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { currency } from './currency';
import { CostSummary } from './CostSummary';
import { SpendByDay } from './SpendByDay';
import { SpendUpload } from './SpendUpload';
import { RangePicker, scopeOf, useRange } from './RangePicker';
import { csvOf, page, TABS, type CostRow } from './rows';

const columns = (unit: string): Column<CostRow>[] => {
  const cost = (row: CostRow, minor: number | null) =>
    row.spend_status === 'missing' ? (
      <span className="text-ink-3" title={t('No spend recorded')}>
        {NONE}
      </span>
    ) : (
      money(minor, row.currency ?? unit)
    );
  return [
    { key: 'day', head: t('Day'), cell: (r) => day(r.booking_date), value: (r) => r.booking_date },
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
      key: 'spend',
      head: t('Spend'),
      cell: (r) =>
        r.spend_status === 'missing' ? (
          <span className="text-ink-3">{t('No spend recorded')}</span>
        ) : (
          money(r.spend_minor, r.currency ?? unit)
        ),
      value: (r) => r.spend_minor,
      figure: true,
    },
    {
      key: 'bookings',
      head: t('Bookings'),
      cell: (r) => (
        <Link
          className="inline-flex min-h-6 min-w-6 items-center text-brand sm:justify-end"
          to={origin(r)}
        >
          {count(r.bookings)}
        </Link>
      ),
      value: (r) => r.bookings,
      figure: true,
    },
    {
      key: 'attended',
      head: t('Attended'),
      cell: (r) => count(r.attended),
      value: (r) => r.attended,
      figure: true,
    },
    {
      key: 'cpb',
      head: t('Cost per booking'),
      cell: (r) => cost(r, r.cost_per_booking_minor),
      value: (r) => r.cost_per_booking_minor,
      figure: true,
    },
    {
      key: 'cpa',
      head: t('Cost per attended'),
      cell: (r) => cost(r, r.cost_per_attended_minor),
      value: (r) => r.cost_per_attended_minor,
      figure: true,
    },
  ];
};

const origin = (row: CostRow): string => {
  const pairs = [
    `booking_date=${row.booking_date}`,
    `channel=${row.channel}`,
    `campaign=${row.campaign ?? ''}`,
  ];
  return `/app/lineage/cost_per_booking?${pairs.map((p) => `key=${encodeURIComponent(p)}`).join('&')}`;
};

/** What does a booking cost? */
export default function CostPage() {
  const state = useRange();
  const { role, zone } = useFrame();
  const unit = useQuery(currency).data ?? 'USD';
  const list = useList(['cost', state.range], (cursor) =>
    page('cost_per_booking', state.range, cursor, 200, '-booking_date'),
  );
  return (
    <Page title={t('Marketing')} tabs={TABS} tools={<RangePicker state={state} />}>
      <CostSummary range={state.range} scope={scopeOf(state, zone)} unit={unit} />
      <SpendByDay range={state.range} unit={unit} />
      <Card
        title={t('Day by day')}
        note={t(
          'One row a day, channel and campaign, the newest first. A day without a recorded spend has no cost.',
        )}
      >
        <Tile query={list.query} what={t('the costs')}>
          {() => (
            <Table
              name={t('cost per booking')}
              columns={columns(unit)}
              rows={list.rows}
              rowKey={(r) => `${r.booking_date} ${r.channel} ${r.campaign ?? ''}`}
              more={list.more}
              total={list.total}
              csvHref={csvOf('cost_per_booking', state.range)}
              empty={<Empty>{t('No spend and no bookings in these days.')}</Empty>}
            />
          )}
        </Tile>
      </Card>
      {role === 'admin' && <SpendUpload />}
    </Page>
  );
}
