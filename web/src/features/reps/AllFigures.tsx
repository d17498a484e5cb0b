import type { Figures, FigureView } from '@/shared/api/numbers';
import { NONE } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Door } from '@/shared/numbers/Door';
import { formulaWords, KEYS, nameOf } from '@/shared/numbers/keys';
import { moneyOf, partText, partUnit, valueUnit } from '@/shared/numbers/text';
import { Card } from '@/shared/ui/Card';
import { Table, type Column } from '@/shared/ui/Table';

interface Line {
  key: string;
  figure: FigureView;
}

/** What the file says a value is measured in; on the page it is written with its unit. */
const unit = (key: string, head: string, value: (line: Line) => string): Column<Line> => ({
  key,
  head,
  cell: value,
  value,
  fileOnly: true,
});

const columns = (currency: string): Column<Line>[] => [
  { key: 'name', head: t('Figure'), cell: (r) => nameOf(r.key), value: (r) => r.key },
  {
    key: 'value',
    head: t('Value'),
    cell: (r) => <Door id={r.key} figure={r.figure} label={nameOf(r.key)} />,
    value: (r) => r.figure.value,
    currency: (r) => (r.figure.unit === 'money' ? (r.figure.currency ?? currency) : null),
    figure: true,
  },
  unit('unit', t('Unit'), (r) => valueUnit(r.figure, currency)),
  {
    key: 'numerator',
    head: t('Above the line'),
    cell: (r) =>
      partText(r.figure.drill?.numerator, r.figure.numerator, r.figure.currency ?? currency),
    value: (r) => r.figure.numerator,
    currency: (r) => moneyOf(r.figure, 'numerator', currency),
    figure: true,
  },
  unit('numerator_unit', t('Unit above'), (r) => partUnit(r.figure, 'numerator', currency)),
  {
    key: 'denominator',
    head: t('Below'),
    cell: (r) =>
      r.figure.denominator === null || r.figure.denominator === undefined
        ? NONE
        : partText(
            r.figure.drill?.denominator,
            r.figure.denominator,
            r.figure.currency ?? currency,
          ),
    value: (r) => r.figure.denominator,
    currency: (r) => moneyOf(r.figure, 'denominator', currency),
    figure: true,
  },
  unit('denominator_unit', t('Unit below'), (r) => partUnit(r.figure, 'denominator', currency)),
  {
    key: 'formula',
    head: t('Formula'),
    cell: (r) => (
      <span className="block max-w-md min-w-56 py-1 whitespace-normal">
        {formulaWords(r.figure.formula)}
      </span>
    ),
    value: (r) => r.figure.formula,
  },
];

/** Every key figure with its formula. */
export function AllFigures({ metrics }: { metrics: Figures }) {
  const { currency } = useFrame();
  const lines = Object.keys(KEYS).flatMap((key): Line[] => {
    const figure = metrics[key];
    return figure ? [{ key, figure }] : [];
  });
  return (
    <details>
      <summary className="min-h-8 font-medium">{t('All figures')}</summary>
      <Card className="mt-2">
        <Table
          name={t('all figures')}
          sortName="sort-figures"
          columns={columns(currency)}
          rows={lines}
          rowKey={(r) => r.key}
          empty={null}
        />
      </Card>
    </details>
  );
}
