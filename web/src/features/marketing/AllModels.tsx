import { t } from '@/shared/i18n/t';
import { Table, type Column } from '@/shared/ui/Table';
import { CreditDoor, unitOf, type Shown } from './Compare';
import { creditIn, MODELS, wordOf, type Line } from './models';
import { PART_WORDS } from './period';

/** The credit of each channel under each model. */
export function AllModels({ lines, by, measure, unit }: Shown) {
  const columns: Column<Line>[] = [
    {
      key: 'name',
      head: PART_WORDS[by],
      cell: (r) => wordOf(r.name, by),
      value: (r) => wordOf(r.name, by),
    },
    ...MODELS.map((model): Column<Line> => ({
      key: model.key,
      head: model.name,
      cell: (r) => <CreditDoor line={r} by={by} model={model.key} measure={measure} unit={unit} />,
      value: (r) => creditIn(r, model.key, measure),
      currency: () => unitOf(measure, unit),
      figure: true,
    })),
  ];
  return (
    <Table
      name={t('all models')}
      columns={columns}
      rows={lines}
      rowKey={(r) => r.name}
      empty={null}
    />
  );
}
