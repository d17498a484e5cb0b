import { sentence } from '@/shared/format/words';
import { many, t } from '@/shared/i18n/t';
import { cx } from '@/shared/ui/classes';
import { Delivery } from '@/shared/ui/Delivery';
import { Time } from '@/shared/ui/Time';
import { isText, sentenceOf, type Message, type Text, type Thread } from './reasons';
import { Why } from './Why';

/** Everything of a thread in the order in which it happened. */
export function ThreadView({ thread }: { thread: Thread }) {
  return (
    <ol className="m-0 flex list-none flex-col gap-3 p-0">
      {thread.messages.map((message) => (
        <li key={isText(message) ? message.intent_id : message.message_id}>
          {isText(message) ? <Out text={message} thread={thread} /> : <In message={message} />}
        </li>
      ))}
    </ol>
  );
}

function In({ message }: { message: Exclude<Message, Text> }) {
  return (
    <div className="max-w-[85%] rounded-card rounded-es-none bg-sunken px-3 py-2">
      <p className="m-0 wrap-anywhere">“{message.body}”</p>
      <p className="m-0 mt-1 text-meta text-ink-3">
        <Time at={message.at} /> · {sentence(message.reply_intent)} · {sentence(message.sentiment)}
        {message.delivery_id && (
          <>
            {' · '}
            <Delivery id={message.delivery_id} />
          </>
        )}
      </p>
    </div>
  );
}

function Out({ text, thread }: { text: Text; thread: Thread }) {
  const sent = text.state === 'sent';
  return (
    <div
      className={cx(
        'ms-auto max-w-[92%] rounded-card rounded-ee-none px-3 py-2',
        sent ? 'bg-brand-soft' : 'border border-dashed border-border',
      )}
    >
      <p className="m-0 font-medium">{sentenceOf(text, thread)}</p>
      {text.body && <p className="m-0 mt-1 wrap-anywhere">{text.body}</p>}
      <p className="m-0 mt-1 text-meta text-ink-3">
        {sent ? (
          <Time at={text.sent_at} />
        ) : (
          <>
            {t('due')} <Time at={text.due_at} />
          </>
        )}
        {text.parts ? ` · ${many(text.parts, t('1 part'), t`${text.parts} parts`)}` : ''}
        {text.language ? ` · ${text.language}${text.variant ? ` / ${text.variant}` : ''}` : ''}
        {text.delivery_id && (
          <>
            {' · '}
            {t('asked for by')} <Delivery id={text.delivery_id} />
          </>
        )}
      </p>
      <Why text={text} thread={thread} />
    </div>
  );
}
