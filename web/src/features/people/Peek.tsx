import { Link } from 'react-router';
import type { Customer } from '@/shared/api/people';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { useCarried } from '@/shared/moment';
import { Button } from '@/shared/ui/Button';
import { buttonClass } from '@/shared/ui/classes';
import { Overlay } from '@/shared/ui/Dialogs';
import { nameOf } from './customerColumns';
import { useListed } from './listed';
import { CustomerFacts } from './Summary';

/** One customer beside the list, with the ones before and after. */
export function Peek({
  row,
  rows,
  place,
  onGo,
}: {
  row: Customer | undefined;
  rows: Customer[];
  place: number;
  onGo: (row: Customer | null) => void;
}) {
  const to = useCarried();
  const keep = useListed((one) => one.keep);
  if (!row) return null;
  const step = (by: number) => rows[place + by];
  return (
    <Overlay
      open
      onClose={() => {
        onGo(null);
      }}
      title={nameOf(row)}
      note={t`${count(place + 1)} of ${count(rows.length)}`}
      actions={
        <>
          <Button
            kind="quiet"
            disabled={!step(-1)}
            onClick={() => {
              onGo(step(-1) ?? row);
            }}
            aria-label={t('Customer before')}
          >
            ‹
          </Button>
          <Button
            kind="quiet"
            disabled={!step(1)}
            onClick={() => {
              onGo(step(1) ?? row);
            }}
            aria-label={t('Customer after')}
          >
            ›
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Link
          className={buttonClass('primary', 'self-start')}
          to={to(`/app/contacts/${row.contact_id}`)}
          onClick={() => {
            keep(rows.map((one) => one.contact_id));
          }}
        >
          {t('Open the person')}
        </Link>
        <CustomerFacts row={row} />
      </div>
    </Overlay>
  );
}
