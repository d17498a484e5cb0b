import { words } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Table, type Column } from '@/shared/ui/Table';
import { CreditDoor, type Shown } from './Compare';
import { creditIn, MODELS, type Line } from './models';

/** The credit of each channel under each model. */
export function AllModels({ lines, measure, unit }: Shown) {
  const columns: Column<Line>[] = [
    { key: 'name', head: t('Channel'), cell: (r) => words(r.name), value: (r) => r.name },
    ...MODELS.map((model): Column<Line> => ({
      key: model.key,
      head: model.name,
      cell: (r) => <CreditDoor line={r} model={model.key} measure={measure} unit={unit} />,
      value: (r) => creditIn(r, model.key, measure),
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
