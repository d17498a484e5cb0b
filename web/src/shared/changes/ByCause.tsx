import { count } from '@/shared/format/number';
import { many, t } from '@/shared/i18n/t';
import { tableWord } from '@/shared/lineage/tables';
import { Time } from '@/shared/ui/Time';
import { Cause, Moved } from './ChangeLine';
import { byTable, type Change, type Group } from './changes';

/** Values of a cause that are not folded. */
const VALUES = 4;

/** A cause with the values that it moved: what people look at first, the others folded under what they are of. */
export function ByCause({
  group: { at, cause, changes },
  late = false,
}: {
  group: Group;
  /** Its webhook came after its month was over. */
  late?: boolean;
}) {
  const rest = changes.slice(VALUES);
  return (
    <>
      <p className="m-0 flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="min-w-0 wrap-anywhere">
          {late && 'delivery_id' in cause && <>{t('Late webhook')} · </>}
          <Cause cause={cause} />
        </span>
        <span className="text-table text-ink-3 sm:whitespace-nowrap">
          <Time at={at} />
        </span>
      </p>
      <Values changes={changes.slice(0, VALUES)} />
      {rest.length > 0 && (
        <details className="text-table">
          <summary className="min-h-6 content-center text-ink-2">
            {many(rest.length, t('1 more value'), t`${count(rest.length)} more values`)}
          </summary>
          {byTable(rest).map(([table, of]) => (
            <section key={table} aria-label={tableWord(table)} className="mt-2">
              <p className="m-0 text-meta text-ink-3">{tableWord(table)}</p>
              <Values changes={of} />
            </section>
          ))}
        </details>
      )}
    </>
  );
}

function Values({ changes }: { changes: Change[] }) {
  return (
    <ul className="m-0 flex list-none flex-col gap-0.5 p-0 text-table">
      {changes.map((change) => (
        <li
          key={`${change.table} ${JSON.stringify(change.key)} ${change.column}`}
          className="wrap-anywhere"
        >
          <Moved change={change} />
        </li>
      ))}
    </ul>
  );
}
