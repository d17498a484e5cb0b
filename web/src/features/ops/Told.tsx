import { count } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { many, t } from '@/shared/i18n/t';
import { Empty } from '@/shared/ui/Card';
import { JsonView } from '@/shared/ui/JsonView';
import { Time } from '@/shared/ui/Time';

interface Message {
  at: string;
  subject: string | null;
  message: unknown;
}

/** What a message is about: its code or count in words. */
function subject(text: string | null): string {
  const about = text?.replace(/^Bookpath:?\s*/, '');
  if (!about) return t('A message');
  if (about === 'ETL succeeded') return t('The tables were brought up to date');
  if (about === 'ETL failed') return t('The run of the tables failed');
  const [, n, rest] = /^(\d+) (alarms began|alarms ended|alerts of customers)$/.exec(about) ?? [];
  const number = Number(n);
  if (rest === 'alarms began')
    return many(number, t('1 alarm began'), t`${count(number)} alarms began`);
  if (rest === 'alarms ended')
    return many(number, t('1 alarm ended'), t`${count(number)} alarms ended`);
  if (rest) return many(number, t('1 customer alert'), t`${count(number)} customer alerts`);
  return /^[a-z_]+$/.test(about) ? sentence(about) : about;
}

/** The newest messages to the operators; each unfolds to what it said. */
export function Told({ messages }: { messages: unknown[] }) {
  const told = messages as Message[];
  if (told.length === 0) return <Empty>{t('Nothing so far.')}</Empty>;
  return (
    <ul className="m-0 flex list-none flex-col gap-1 p-0 text-table">
      {told.map((one, at) => (
        <li key={`${one.at} ${String(at)}`}>
          <details>
            <summary className="min-h-6">
              <span className="wrap-anywhere">{subject(one.subject)}</span>{' '}
              <span className="text-ink-3">
                <Time at={one.at} />
              </span>
            </summary>
            <div className="py-2">
              <JsonView text={JSON.stringify(one.message)} />
            </div>
          </details>
        </li>
      ))}
    </ul>
  );
}
