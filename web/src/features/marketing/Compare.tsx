import type { Attribution } from '@/shared/api/numbers';
import { count, money, ratio, scaleMoney } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Door, usePanel } from '@/shared/numbers/Door';
import { Badge } from '@/shared/ui/Badge';
import { Card } from '@/shared/ui/Card';
import { DotPlot } from '@/shared/ui/DotPlot';
import { Filter } from '@/shared/ui/Fields';
import { ends, greatest, share } from '@/shared/ui/scale';
import { Table, type Column } from '@/shared/ui/Table';
import {
  creditIn,
  figureOf,
  MODELS,
  modelOf,
  sameTotal,
  wordOf,
  type By,
  type Line,
  type Measure,
} from './models';
import { PART_WORDS } from './period';

export interface Shown {
  lines: Line[];
  by: By;
  measure: Measure;
  a: string;
  b: string;
  unit: string;
}

type Choose = (models: { a?: string; b?: string }) => void;

/** Two models side by side with their difference, and the range of all models. */
export function Compare({
  found,
  onChoose,
  ...shown
}: Shown & { found: Attribution; onChoose: Choose }) {
  const { lines, by, measure, a, b, unit } = shown;
  const [, open] = usePanel();
  const same = sameTotal(found, measure);
  const amount = (value: number) => (measure === 'deals' ? ratio(value) : money(value, unit));
  const { min, max } = ends(
    lines.flatMap((line) => MODELS.map((model) => creditIn(line, model.key, measure))),
  );
  const models = MODELS.map(({ key, name }): [string, string] => [key, name]);
  return (
    // Beside each other only where the table still has room for its difference.
    <div className="grid gap-4 2xl:grid-cols-2">
      {/* On a phone the two models come first: the chart of all is the rest of the story. */}
      <Card
        className="max-sm:order-last"
        title={t('Does the model matter?')}
        note={t(
          'What each model credits. The two compared ones are bold; the dotted line is the range of all.',
        )}
      >
        <DotPlot
          name={t('Credit by channel and model')}
          min={min}
          max={max}
          tick={(value) => (measure === 'deals' ? count(value) : scaleMoney(value, unit))}
          onMark={(row, mark) => {
            const model = MODELS.find((one) => one.letter === mark.letter);
            const line = lines.find((one) => one.name === row.key);
            if (model && line?.by.has(model.key)) void open(`${model.key}.${row.key}`);
          }}
          rows={lines.map((line) => ({
            key: line.name,
            name: wordOf(line.name, by),
            marks: MODELS.map((model) => ({
              letter: model.letter,
              name: model.name,
              value: creditIn(line, model.key, measure),
              strong: model.key === a || model.key === b,
            })),
          }))}
        />
        <ul className="m-0 mt-3 flex list-none flex-wrap gap-x-4 gap-y-1 p-0 text-meta text-ink-2">
          {MODELS.map((model) => (
            <li
              key={model.key}
              title={model.meaning}
              className={model.key === a || model.key === b ? 'font-semibold text-brand' : ''}
            >
              {model.letter} {model.name}
            </li>
          ))}
        </ul>
      </Card>
      <Card
        title={t('What does the choice move?')}
        note={[modelOf(a), modelOf(b)].map((one) => one && `${one.name}: ${one.meaning}`).join(' ')}
        actions={
          <>
            <Filter
              label={t('Compare')}
              value={a}
              options={models}
              onChange={(next) => {
                onChoose({ a: next });
              }}
            />
            <Filter
              label={t('with')}
              value={b}
              options={models}
              onChange={(next) => {
                onChoose({ b: next });
              }}
            />
          </>
        }
      >
        <Table
          name={t('two models')}
          sortName="sort-two"
          columns={columns(shown)}
          rows={lines}
          rowKey={(r) => r.name}
          empty={null}
        />
        {typeof same === 'number' && (
          <p className="m-0 mt-4">
            <Badge tone="ok">{t`Every model credits the same ${amount(same)}`}</Badge>
          </p>
        )}
        {same === false && (
          <p className="m-0 mt-4" role="alert">
            <Badge tone="bad">{t('The models credit different totals, please report')}</Badge>
          </p>
        )}
      </Card>
    </div>
  );
}

/** Unit of a credit: money, or shares of deals. */
export const unitOf = (measure: Measure, unit: string): string | null =>
  measure === 'deals' ? null : unit;

/** The columns of two models and, of money, their difference. */
function columns({ lines, by, measure, a, b, unit }: Shown): Column<Line>[] {
  const moved = (line: Line) => creditIn(line, b, measure) - creditIn(line, a, measure);
  const most = greatest(lines.map((line) => Math.abs(moved(line))));
  const of = (model: string): Column<Line> => ({
    key: model,
    head: modelOf(model)?.name ?? model,
    cell: (line) => <CreditDoor line={line} by={by} model={model} measure={measure} unit={unit} />,
    value: (line) => creditIn(line, model, measure),
    currency: () => unitOf(measure, unit),
    figure: true,
  });
  const name: Column<Line> = {
    key: 'name',
    head: PART_WORDS[by],
    cell: (line) => wordOf(line.name, by),
    value: (line) => wordOf(line.name, by),
  };
  const models = a === b ? [of(a)] : [of(a), of(b)];
  if (measure === 'deals' || a === b) return [name, ...models];
  return [
    name,
    ...models,
    {
      key: 'delta',
      head: `Δ ${modelOf(b)?.name ?? b} − ${modelOf(a)?.name ?? a}`,
      cell: (line) => (
        <span className="inline-flex items-center gap-2">
          <svg width="60" height="8" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden>
            <rect
              x={moved(line) < 0 ? 100 - share(-moved(line), most) : 100}
              width={share(Math.abs(moved(line)), most)}
              height="10"
              fill={moved(line) < 0 ? 'var(--delta-less)' : 'var(--delta-more)'}
            />
            <path d="M100 0V10" stroke="var(--border)" vectorEffect="non-scaling-stroke" />
          </svg>
          {/* The bars of all lines have their 0 in one place. */}
          <span className="min-w-24 text-end">
            {moved(line) > 0 ? '+' : ''}
            {money(moved(line), unit)}
          </span>
        </span>
      ),
      value: moved,
      currency: () => unit,
      figure: true,
    },
  ];
}

/** A credit that opens the deals behind it. */
export function CreditDoor({
  line,
  by,
  model,
  measure,
  unit,
}: {
  line: Line;
  by: By;
  model: string;
  measure: Measure;
  unit: string;
}) {
  const credit = line.by.get(model);
  if (!credit) return <>{measure === 'deals' ? ratio(0) : money(0, unit)}</>;
  return (
    <Door
      id={`${model}.${line.name}`}
      figure={figureOf(credit, measure, unit)}
      label={`${wordOf(line.name, by)}, ${modelOf(model)?.name ?? model}`}
    />
  );
}
