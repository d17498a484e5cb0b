import type { Schema } from '@/shared/api/client';
import { useNames } from '@/shared/api/users';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { cx } from '@/shared/ui/classes';
import { Delivery } from '@/shared/ui/Delivery';
import { Time } from '@/shared/ui/Time';
import { learned } from './learned';
import { stateWord } from './states';

type Entry = Schema['HistoryView'];

/** Every trigger in order of arrival; what was refused is grey, with its reason. */
export function History({ entries }: { entries: Entry[] }) {
  const name = useNames();
  return (
    <ol className="m-0 flex list-none flex-col gap-0 p-0">
      {entries.map((entry) => (
        <Line key={entry.seq} entry={entry} actor={name(entry.actor) ?? sentence(entry.actor)} />
      ))}
    </ol>
  );
}

function Line({ entry, actor }: { entry: Entry; actor: string }) {
  const late = learned(entry);
  return (
    <li
      className={cx(
        'flex flex-col gap-0.5 border-s-2 py-2 ps-4',
        entry.accepted ? 'border-brand' : 'border-line text-ink-3',
      )}
    >
      <span className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="font-medium">
          {sentence(entry.trigger)}
          {!entry.accepted && ` · ${t('refused')}`}
        </span>
        <span className="text-table text-ink-3">
          <Time at={entry.at} />
        </span>
      </span>
      <span className="text-table">
        {entry.from ? `${stateWord(entry.from)} → ${stateWord(entry.to)}` : stateWord(entry.to)}
        <span className="text-ink-3">
          {' '}
          {t`· by ${actor}`}
          {late && ` · ${t`learned ${late} later`}`}
          {entry.delivery_id && (
            <>
              {' · '}
              <Delivery id={entry.delivery_id} />
            </>
          )}
        </span>
      </span>
      {(entry.reason ?? !entry.accepted) && (
        <span className="text-table text-ink-3">
          {entry.reason ?? t`It changes nothing while the booking is: ${stateWord(entry.to)}.`}
        </span>
      )}
    </li>
  );
}
