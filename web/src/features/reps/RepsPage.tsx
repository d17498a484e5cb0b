import type { Metrics } from '@/shared/api/numbers';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { FigureCard, type Opening } from '@/shared/numbers/Door';
import { KEYS, nameOf } from '@/shared/numbers/keys';
import { NumberPanel } from '@/shared/numbers/NumberPanel';
import { againstOf, LeftOut, NumbersBar, scopeOf } from '@/shared/numbers/NumbersBar';
import { Own } from '@/shared/numbers/Own';
import { ALL_TIME, isAhead, monthsOf, useNumbers, type Numbers } from '@/shared/numbers/useNumbers';
import { month as monthWord, shiftMonth, zoneName } from '@/shared/time';
import { CardBones } from '@/shared/ui/Bones';
import { Button } from '@/shared/ui/Button';
import { cx } from '@/shared/ui/classes';
import { Card, Empty } from '@/shared/ui/Card';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { AllFigures } from './AllFigures';
import { LAYOUTS, type Layout } from './layout';
import { PerUser, repId, repName } from './PerUser';
import { RepCharts } from './RepCharts';

/** Figures of the team in a month, and of each person. */
export default function RepsPage({ kind }: { kind: keyof typeof LAYOUTS }) {
  const { role, zone } = useFrame();
  const numbers = useNumbers();
  const layout = LAYOUTS[kind];
  const scope = scopeOf(numbers, role === 'sales');
  return (
    <Page
      title={layout.title}
      note={
        role === 'sales'
          ? t('Only your numbers')
          : t`${layout.asks} ${scope}, ${zoneName(zone)} time`
      }
      tools={<NumbersBar numbers={numbers} />}
    >
      <Own numbers={numbers}>
        <Tile query={numbers.query} what={t('the figures')} bones={<Bones layout={layout} />}>
          {(found) => (
            <>
              <Figures found={found} layout={layout} numbers={numbers} />
              <NumberPanel
                openings={openings(found, scope, againstOf(numbers, found.compared_with))}
                months={monthsOf(numbers)}
              />
            </>
          )}
        </Tile>
      </Own>
    </Page>
  );
}

/** The groups of cards, before their figures are here. */
const Bones = ({ layout }: { layout: Layout }) => (
  <div className="flex flex-col gap-4">
    {layout.groups.map(([title, group], at) => (
      <div key={title} className="pt-7">
        <CardBones
          many={group.length}
          grid={cx('figures', at > 0 && '[--gap:0.75rem]')}
          height={at > 0 ? 'h-22.5' : 'h-26.5'}
        />
      </div>
    ))}
  </div>
);

/** Every figure of everyone, then every figure of each person. */
function openings(found: Metrics, scope: string, against: string | null): Opening[] {
  const all = Object.keys(KEYS).flatMap((key): Opening[] => {
    const figure = found.metrics[key];
    return figure ? [{ id: key, key, name: nameOf(key), figure, scope, against }] : [];
  });
  const each = found.per_user.flatMap((one) =>
    Object.entries(one.metrics).map(([key, figure]): Opening => ({
      id: repId(key, one),
      key,
      name: `${nameOf(key)}, ${repName(one)}`,
      figure,
      scope: t`${scope}, of it ${repName(one)}`,
      against,
    })),
  );
  return [...all, ...each];
}

function Figures({ found, layout, numbers }: { found: Metrics; layout: Layout; numbers: Numbers }) {
  const { month, set } = numbers;
  const keys = layout.groups.flatMap(([, group]) => group);
  const something = keys.some((key) => found.metrics[key]?.numerator);
  if (!something) {
    return (
      <Card>
        <Empty
          action={
            month !== ALL_TIME && (
              <Button onClick={() => void set({ month: shiftMonth(month, -1) })}>
                ‹ {monthWord(shiftMonth(month, -1))}
              </Button>
            )
          }
        >
          {month === ALL_TIME
            ? t('No calls or deals yet.')
            : t`No calls or deals in ${monthWord(month)}.`}
        </Empty>
      </Card>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <LeftOut rows={found.left_out} />
      {layout.groups.map(([title, group], at) => (
        <section key={title} aria-label={title}>
          <h2 className="m-0 mb-2 text-table font-medium text-ink-3">{title}</h2>
          <div className={cx('figures', at > 0 && '[--gap:0.75rem]')}>
            {group.map((key) => {
              const figure = found.metrics[key];
              return (
                figure && (
                  <FigureCard
                    key={key}
                    id={key}
                    figure={figure}
                    small={at > 0}
                    ahead={isAhead(numbers, key)}
                  />
                )
              );
            })}
          </div>
        </section>
      ))}
      <RepCharts people={found.per_user} layout={layout} />
      <PerUser found={found} columns={layout.columns} />
      <AllFigures metrics={found.metrics} />
    </div>
  );
}
