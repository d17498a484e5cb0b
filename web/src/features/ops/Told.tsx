import { t } from '@/shared/i18n/t';
import { Empty } from '@/shared/ui/Card';
import { JsonView } from '@/shared/ui/JsonView';
import { Time } from '@/shared/ui/Time';

interface Message {
  at: string;
  subject: string | null;
  message: unknown;
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
              <span className="wrap-anywhere">{one.subject ?? t('A message')}</span>{' '}
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
