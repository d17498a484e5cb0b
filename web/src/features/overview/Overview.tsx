import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { series, type Figures } from '@/shared/api/numbers';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { useCarried } from '@/shared/moment';
import { FigureCard, type Opening } from '@/shared/numbers/Door';
import { nameOf } from '@/shared/numbers/keys';
import { Line } from '@/shared/numbers/Months';
import { NumberPanel } from '@/shared/numbers/NumberPanel';
import { againstOf, LeftOut, NumbersBar, scopeOf } from '@/shared/numbers/NumbersBar';
import { Own } from '@/shared/numbers/Own';
import { ALL_TIME, isAhead, monthsOf, useNumbers, type Numbers } from '@/shared/numbers/useNumbers';
import { zoneName } from '@/shared/time';
import { CardBones } from '@/shared/ui/Bones';
import { Card, Empty } from '@/shared/ui/Card';
import { buttonClass } from '@/shared/ui/classes';
import { ProblemCard } from '@/shared/ui/Problem';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { BookingFigures } from './BookingFigures';
import { Changed } from './Changed';
import { NeedsYou } from './NeedsYou';
import { PathStrip, type Step } from './PathStrip';
import { Risk } from './Risk';
import { SetUp } from './SetUp';
import { TryThis } from './TryThis';

const CARDS = ['cash_collected', 'revenue', 'spend', 'profit'];
const STEPS: Step[] = [
  ['leads'],
  ['triage_booked'],
  ['triage_attended', 'triage_show_rate'],
  ['solution_booked', 'triage_to_solution_rate'],
  ['solution_attended', 'solution_show_rate'],
  ['deals_won', 'close_rate'],
];
/** All figures of the path, in its order. */
const PATH = STEPS.flatMap(([key, rate]) => (rate ? [rate, key] : [key]));

/** Overview: figures of the month, and what waits for the user. */
export default function Overview() {
  const { role, zone } = useFrame();
  const numbers = useNumbers();
  const scope = scopeOf(numbers, role === 'sales');
  return (
    <Page
      title={t('Overview')}
      note={t`${scope}, ${zoneName(zone)} time`}
      tools={<NumbersBar numbers={numbers} />}
    >
      <TryThis />
      <Own numbers={numbers}>
        <Tile query={numbers.query} what={t('the figures')} bones={<Bones />}>
          {({ metrics, left_out: others, compared_with: before }) => (
            <div className="flex flex-col gap-4">
              <LeftOut rows={others} />
              <Shown metrics={metrics} numbers={numbers} />
              <NumberPanel
                openings={openings(metrics, scope, againstOf(numbers, before))}
                months={monthsOf(numbers)}
              />
            </div>
          )}
        </Tile>
      </Own>
      <div className="grid gap-4 lg:grid-cols-2">
        {role === 'admin' ? <NeedsYou /> : <Risk />}
        <Changed month={numbers.now} />
      </div>
      {role !== 'sales' && (
        <BookingFigures month={numbers.month === ALL_TIME ? numbers.now : numbers.month} />
      )}
    </Page>
  );
}

const openings = (metrics: Figures, scope: string, against: string | null): Opening[] =>
  [...PATH, ...CARDS].flatMap((key) => {
    const figure = metrics[key];
    return figure ? [{ id: key, key, name: nameOf(key), figure, scope, against }] : [];
  });

/** Placeholders for six steps and four cards. */
const Bones = () => (
  <div className="flex flex-col gap-4">
    <CardBones many={1} grid="grid" height="h-42.5 max-sm:h-110" />
    <CardBones many={CARDS.length} grid="figures" height="h-41" />
  </div>
);

function Shown({ metrics, numbers }: { metrics: Figures; numbers: Numbers }) {
  const to = useCarried();
  const { role } = useFrame();
  const months = useQuery(series({ ...monthsOf(numbers), keys: CARDS.join(',') }));
  if (![...PATH, ...CARDS].some((key) => metrics[key]?.numerator)) {
    const never = months.data?.every((one) => CARDS.every((key) => !one.metrics[key]?.numerator));
    if (never && role === 'admin') return <SetUp />;
    return (
      <Card title={t('The path')}>
        <Empty
          action={
            <Link className={buttonClass('primary')} to={to('/app/marketing')}>
              {t('See the bookings')}
            </Link>
          }
        >
          {t('No lead, call or payment counts here. Choose another month, or everyone.')}
        </Empty>
      </Card>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <PathStrip steps={STEPS} metrics={metrics} ahead={(key) => isAhead(numbers, key)} />
      <div className="figures">
        {CARDS.map((key) => {
          const figure = metrics[key];
          if (!figure) return null;
          return (
            <FigureCard key={key} id={key} figure={figure} note=" ">
              {months.data ? (
                <Line months={months.data} figureKey={key} />
              ) : (
                !months.error && <span aria-hidden className="block h-15" />
              )}
            </FigureCard>
          );
        })}
      </div>
      {months.error && (
        <Card>
          <ProblemCard
            error={months.error}
            retry={() => void months.refetch()}
            what={t('the lines of the months')}
          />
        </Card>
      )}
    </div>
  );
}
