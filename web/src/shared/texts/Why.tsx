import { Check as CheckIcon, Minus, X } from 'lucide-react';
import { NONE } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Delivery } from '@/shared/ui/Delivery';
import { Time } from '@/shared/ui/Time';
import {
  factWord,
  isText,
  REASONS,
  rungWord,
  type Check,
  type Message,
  type Text,
  type Thread,
} from './reasons';

/** Why a text was (not) sent: every check in the order in which they are asked, the one that decided in bold. */
export function Why({ text, thread }: { text: Text; thread: Thread }) {
  const checks = text.checks ?? decided(text, thread);
  if (checks.length === 0) return null;
  return (
    <details className="mt-2" open={text.state === 'suppressed'}>
      <summary className="min-h-6 text-table text-ink-2">{t('Why?')}</summary>
      <ol
        aria-label={t('Checks')}
        className="m-0 mt-1 flex list-none flex-col gap-1 p-0 text-table"
      >
        {checks.map((check) => (
          <Rung key={check.code} check={check} from={text.delivery_id} />
        ))}
      </ol>
      {text.judged_at && (
        <p className="m-0 mt-1 text-meta text-ink-3">
          {t('asked')} <Time at={text.judged_at} />
          {text.next_check_at && (
            <>
              {' · '}
              {t('asked again')} <Time at={text.next_check_at} />
            </>
          )}
        </p>
      )}
    </details>
  );
}

/** Of a text without its checks: the one that decided, with the reply where that is the reason. */
function decided(text: Text, thread: Thread): Check[] {
  if (!text.reason) return [];
  const reply = thread.messages.findLast(
    (m): m is Exclude<Message, Text> => !isText(m) && m.at <= text.due_at,
  );
  const replied = text.reason === 'responded' && reply;
  const fact = replied ? `“${reply.body}”` : (REASONS[text.reason] ?? null);
  return [{ code: text.reason, passed: false, fact, at: replied ? reply.at : null }];
}

/** The webhook of the text itself is named above the checks; below it only where it decided. */
function Rung({ check, from }: { check: Check; from: string | null | undefined }) {
  const { passed } = check;
  const delivery = passed === false || check.delivery_id !== from ? check.delivery_id : null;
  return (
    <li className="flex items-start gap-2 leading-6">
      <Mark passed={passed ?? null} />
      <span className="min-w-0 wrap-anywhere">
        <span className={passed === false ? 'font-medium' : undefined}>{rungWord(check.code)}</span>
        <span className="text-ink-3">
          {' · '}
          {typeof passed === 'boolean'
            ? check.fact
              ? factWord(check.fact)
              : NONE
            : t('not reached')}
          {check.at && (
            <>
              {' · '}
              <Time at={check.at} />
            </>
          )}
          {delivery && (
            <>
              {' · '}
              <Delivery id={delivery} />
            </>
          )}
        </span>
      </span>
    </li>
  );
}

function Mark({ passed }: { passed: boolean | null }) {
  if (passed === null)
    return <Minus size={16} aria-label={t('not reached')} className="mt-1 shrink-0 text-ink-3" />;
  return passed ? (
    <CheckIcon size={16} aria-label={t('holds')} className="mt-1 shrink-0 text-ok" />
  ) : (
    <X size={16} aria-label={t('does not hold')} className="mt-1 shrink-0 text-bad" />
  );
}
