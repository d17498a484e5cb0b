import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useId, useState } from 'react';
import { Link } from 'react-router';
import { ApiError } from '@/shared/api/client';
import { count, money, NONE } from '@/shared/format/number';
import { words } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { day } from '@/shared/time';
import { useList } from '@/shared/api/useList';
import { Badge } from '@/shared/ui/Badge';
import { Card, Empty } from '@/shared/ui/Card';
import { Page } from '@/shared/ui/Page';
import { Table, type Column } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { currency } from './currency';
import { CostSummary } from './CostSummary';
import { SpendByDay } from './SpendByDay';
import { RangePicker, scopeOf, useRange } from './RangePicker';
import { csvOf, page, TABS, type CostRow } from './rows';

const columns = (unit: string): Column<CostRow>[] => {
  const cost = (row: CostRow, minor: number | null) =>
    row.spend_status === 'missing' ? (
      <span className="text-ink-3">{t('not recorded')}</span>
    ) : (
      money(minor, unit)
    );
  return [
    { key: 'day', head: t('Day'), cell: (r) => day(r.booking_date), value: (r) => r.booking_date },
    { key: 'channel', head: t('Channel'), cell: (r) => words(r.channel), value: (r) => r.channel },
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
          <Badge tone="warn">{t('No spend recorded')}</Badge>
        ) : (
          money(r.spend_minor, unit)
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

interface Outcome {
  accepted: number;
  changed: number;
  unchanged: number;
}

/** A file of spend. Sending the same file again changes nothing. */
function SpendUpload() {
  const client = useQueryClient();
  const id = useId();
  const [told, setTold] = useState<{ text: string; bad: boolean } | null>(null);
  const send = async (file: File) => {
    const body = await file.text();
    const response = await fetch('/api/ad-spend', {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body,
    }).catch(() => null);
    const answer: unknown = await response?.json().catch(() => null);
    if (!response?.ok) {
      const problem = new ApiError(
        response?.status ?? 0,
        answer as ConstructorParameters<typeof ApiError>[1],
      );
      setTold({ text: problem.message, bad: true });
      return;
    }
    const { accepted, changed, unchanged } = answer as Outcome;
    setTold({
      text: t`${count(accepted)} new, ${count(changed)} changed, ${count(unchanged)} as before. The numbers follow with the next run.`,
      bad: false,
    });
    await client.invalidateQueries({ queryKey: ['cost'] });
  };
  return (
    <Card
      title={t('Record spend')}
      note={t(
        'A CSV file with the columns day, channel, campaign, amount_minor, currency. Days are those of the reporting zone.',
      )}
    >
      <div className="flex flex-wrap items-center gap-4">
        <label
          htmlFor={id}
          className="touch inline-flex min-h-8 cursor-pointer items-center gap-2 rounded-control border border-border bg-surface px-3 font-medium focus-within:outline-2 focus-within:outline-brand hover:bg-sunken"
        >
          <Upload size={16} aria-hidden />
          {t('Choose a file')}
          <input
            id={id}
            type="file"
            accept=".csv,text/csv"
            className="sr-only"
            onChange={(event) => {
              const [file] = event.target.files ?? [];
              if (file) void send(file);
              event.target.value = '';
            }}
          />
        </label>
        {told && (
          <p
            role={told.bad ? 'alert' : 'status'}
            className={`m-0 ${told.bad ? 'text-bad' : 'text-ok'}`}
          >
            {told.text}
          </p>
        )}
      </div>
    </Card>
  );
}
