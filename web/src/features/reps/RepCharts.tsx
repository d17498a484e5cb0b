import type { UserFigures } from '@/shared/api/numbers';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { nameOf } from '@/shared/numbers/keys';
import { Door } from '@/shared/numbers/Door';
import { Bars } from '@/shared/ui/Bars';
import { Card } from '@/shared/ui/Card';
import { DotPlot } from '@/shared/ui/DotPlot';
import type { Layout } from './layout';
import { repId, repName } from './PerUser';

/** Two questions about people: who brings the most, and whose rate is best, with the number of cases beside it. */
export function RepCharts({ people, layout }: { people: UserFigures[]; layout: Layout }) {
  const named = people.filter((one) => one.user_id);
  const value = (one: UserFigures, key: string) => one.metrics[key]?.value ?? 0;
  const bars = named
    .filter((one) => value(one, layout.bar) > 0)
    .sort((a, b) => value(b, layout.bar) - value(a, layout.bar));
  const dots = named.filter((one) => one.metrics[layout.dot]?.denominator);
  // One bar tells nothing that its card does not.
  if (bars.length < 2) return null;
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Card title={t`${nameOf(layout.bar)} by person`}>
        <Bars
          bars={bars.map((one) => {
            const figure = one.metrics[layout.bar];
            return {
              key: repId(layout.bar, one),
              name: repName(one),
              value: value(one, layout.bar),
              shown: figure && (
                <Door
                  id={repId(layout.bar, one)}
                  figure={figure}
                  label={`${nameOf(layout.bar)}, ${repName(one)}`}
                  short
                />
              ),
            };
          })}
        />
      </Card>
      <Card
        title={t`${nameOf(layout.dot)} by person`}
        note={t('0 to 100 %, with the number of cases')}
      >
        <DotPlot
          name={t`${nameOf(layout.dot)} by person`}
          min={0}
          max={100}
          tick={(value) => t`${value} %`}
          rows={dots.map((one) => {
            const figure = one.metrics[layout.dot];
            return {
              key: repId(layout.dot, one),
              name: repName(one),
              marks: [{ name: nameOf(layout.dot), value: value(one, layout.dot), strong: true }],
              shown: figure && (
                <span className="inline-flex items-baseline gap-2 tabular-nums">
                  <Door
                    id={repId(layout.dot, one)}
                    figure={figure}
                    label={`${nameOf(layout.dot)}, ${repName(one)}`}
                  />
                  <span className="min-w-9 text-start text-meta text-ink-3">
                    {`n=${count(figure.denominator)}`}
                  </span>
                </span>
              ),
            };
          })}
        />
      </Card>
    </div>
  );
}
