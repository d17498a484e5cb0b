import { useQuery } from '@tanstack/react-query';
import { count, money, scaleMoney } from '@/shared/format/number';
import { channelWord } from '@/shared/format/channel';
import { many, t } from '@/shared/i18n/t';
import { day, isMonday, shortDay } from '@/shared/time';
import { Card, Empty } from '@/shared/ui/Card';
import { along, every, halves, highest, stacked, ticks } from '@/shared/ui/scale';
import { Tile } from '@/shared/ui/Tile';
import { useNarrow } from '@/shared/ui/useNarrow';
import { useChannelColours } from './colours';
import { page, type CostRow, type Range } from './rows';

/** Rows that are drawn: the newest days of a long range. */
const LIMIT = 1000;
const HEIGHT = 160;

interface Day {
  day: string;
  rows: CostRow[];
}

/** The rows by day, the earliest first. */
function daysOf(rows: CostRow[]): Day[] {
  const found = new Map<string, CostRow[]>();
  for (const row of rows.toReversed()) {
    const before = found.get(row.booking_date);
    if (before) before.push(row);
    else found.set(row.booking_date, [row]);
  }
  return [...found].map(([day, rows]) => ({ day, rows }));
}

const spent = (row: CostRow): number => row.spend_minor ?? 0;

/** What was spent each day, by channel: bars of one day upon each other. The table below has the figures. */
export function SpendByDay({ range, unit }: { range: Range; unit: string }) {
  const query = useQuery({
    queryKey: ['cost', 'drawn', range],
    queryFn: () => page('cost_per_booking', range, undefined, LIMIT, '-booking_date'),
  });
  return (
    <Card
      title={t('What was spent each day?')}
      note={t('By channel; the table below has the figures')}
    >
      <Tile query={query} what={t('the spend')} height="h-50">
        {({ items }) => <Drawn days={daysOf(items)} unit={unit} />}
      </Tile>
    </Card>
  );
}

function Drawn({ days, unit }: { days: Day[]; unit: string }) {
  const colourOf = useChannelColours();
  const max = highest(days.map(({ rows }) => rows.map(spent)));
  // The scale ends at a round amount, so that its half is one, too.
  const top = ticks(0, max, 2).at(-1) ?? max;
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last || max === 0)
    return <Empty>{t('No spend is recorded in these days.')}</Empty>;
  const rows = days.flatMap((one) => one.rows);
  const channels = [
    ...new Set(rows.filter((row) => spent(row) > 0).map((row) => row.channel)),
  ].sort();
  const isMissing = (row: CostRow) =>
    row.spend_status === 'missing' && channels.includes(row.channel);
  const missing = days.filter((one) => one.rows.some(isMissing));
  const span = `${day(first.day)} – ${day(last.day)}`;
  const about = many(
    days.length,
    t`Spend of 1 day, ${day(first.day)}: ${money(max, unit)}`,
    t`Spend of ${count(days.length)} days, ${span}, at most ${money(max, unit)} a day`,
  );
  return (
    <>
      <ul className="m-0 mb-2 flex list-none flex-wrap gap-x-5 gap-y-1 p-0 text-table text-ink-2">
        {channels.map((channel) => (
          <li key={channel} className="flex items-center gap-2">
            <svg width="12" height="12" aria-hidden>
              <rect width="12" height="12" rx="2" fill={colourOf(channel)} />
            </svg>
            {channelWord(channel)}
          </li>
        ))}
      </ul>
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2">
        <Scale top={top} unit={unit} />
        <svg
          role="img"
          aria-label={about}
          className="block w-full"
          height={HEIGHT}
          viewBox={`0 0 ${String(days.length)} 100`}
          preserveAspectRatio="none"
        >
          <path
            d={`M0 .5H${String(days.length)}M0 50H${String(days.length)}M0 99.5H${String(days.length)}`}
            stroke="var(--line)"
            vectorEffect="non-scaling-stroke"
          />
          {days.map((one, at) => (
            <Pile key={one.day} day={one} at={at} max={top} colourOf={colourOf} unit={unit} />
          ))}
        </svg>
        <Weeks days={days.map((one) => one.day)} />
      </div>
      {missing.length > 0 && (
        <p className="m-0 mt-2 text-meta text-ink-3">
          {many(
            missing.length,
            t('On 1 day bookings of a channel drawn here have no spend recorded.'),
            t`On ${count(missing.length)} days bookings of a channel drawn here have no spend recorded.`,
          )}
        </p>
      )}
    </>
  );
}

/** What the lines of the chart stand for. */
function Scale({ top, unit }: { top: number; unit: string }) {
  return (
    <div
      aria-hidden
      className="-my-2 flex flex-col justify-between text-end text-meta text-ink-3 tabular-nums"
    >
      {halves(top).map((value) => (
        <span key={value}>{scaleMoney(value, unit)}</span>
      ))}
    </div>
  );
}

/** The days under the bars: Mondays, fewer of them on a narrow window. */
function Weeks({ days }: { days: string[] }) {
  const narrow = useNarrow();
  const mondays = days.flatMap((day, at) => (isMonday(day) ? [{ day, at }] : []));
  const step = every(mondays.length, narrow ? 4 : 12);
  return (
    <svg aria-hidden className="col-start-2 h-5 w-full overflow-visible">
      {mondays
        .filter((_, at) => at % step === 0)
        .map(({ day, at }) => (
          <text
            key={day}
            x={`${String(along(at, 0, days.length))}%`}
            y="15"
            fontSize="11"
            fill="var(--ink-3)"
            textAnchor={days.length - at < 7 ? 'end' : 'start'}
          >
            {shortDay(day)}
          </text>
        ))}
    </svg>
  );
}

/** The spend of a day, a piece for each channel and campaign. */
function Pile({
  day: one,
  at,
  max,
  colourOf,
  unit,
}: {
  day: Day;
  at: number;
  max: number;
  colourOf: (channel: string) => string;
  unit: string;
}) {
  const pieces = stacked(one.rows.map(spent), max);
  const tip = [
    day(one.day),
    ...one.rows
      .filter((row) => spent(row) > 0)
      .map(
        (row) =>
          `${[channelWord(row.channel), row.campaign].filter(Boolean).join(' / ')}: ${money(row.spend_minor, unit)}`,
      ),
  ].join('\n');
  return (
    <g>
      <title>{tip}</title>
      <rect x={at} width="1" height="100" fill="transparent" />
      {pieces.map(({ from, length }, index) => (
        <rect
          key={index}
          x={at + 0.1}
          width="0.8"
          y={100 - from - length}
          height={length}
          fill={colourOf(one.rows[index]?.channel ?? '')}
        />
      ))}
    </g>
  );
}
