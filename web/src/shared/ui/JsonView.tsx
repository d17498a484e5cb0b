import { useState } from 'react';
import { t } from '@/shared/i18n/t';
import { Copy } from './Copy';

const MAX_OPEN = 2;

/** Whether a name or a value below here has a text in it; `text` is in lower case. */
export function holds(text: string, value: unknown, name = ''): boolean {
  if (name.toLowerCase().includes(text)) return true;
  if (value === null || typeof value !== 'object')
    return String(value).toLowerCase().includes(text);
  return Object.entries(value).some(([key, inner]) => holds(text, inner, key));
}

/** A value of JSON as a tree that folds; with a text that is looked for, only the branches that have it, open. */
function Node({
  name,
  value,
  depth,
  find,
}: {
  name?: string;
  value: unknown;
  depth: number;
  find: string;
}) {
  if (find && !holds(find, value, name)) return null;
  // What a name says, all below it answers.
  const below = name?.toLowerCase().includes(find) ? '' : find;
  const label = name === undefined ? null : <span className="text-info">{name}: </span>;
  if (value === null || typeof value !== 'object') {
    return (
      <div className="wrap-anywhere">
        {label}
        <span className={typeof value === 'string' ? 'text-ink' : 'text-warn'}>
          {typeof value === 'string' ? `"${value}"` : String(value)}
        </span>
      </div>
    );
  }
  const entries = Object.entries(value);
  const brackets = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) {
    return (
      <div>
        {label}
        {brackets.join('')}
      </div>
    );
  }
  return (
    <details open={depth < MAX_OPEN || find !== ''}>
      <summary className="min-h-6">
        {label}
        {brackets[0]} <span className="text-ink-3">{entries.length}</span> {brackets[1]}
      </summary>
      <div className="ms-1 border-s border-line ps-3">
        {entries.map(([key, inner]) => (
          <Node key={key} name={key} value={inner} depth={depth + 1} find={below} />
        ))}
      </div>
    </details>
  );
}

/** The text of a body: as a tree if it is JSON, else as it is. */
export function JsonView({ text }: { text: string }) {
  const [plain, setPlain] = useState(false);
  const [typed, setTyped] = useState('');
  const find = typed.trim().toLowerCase();
  let value: unknown;
  let isJson = true;
  try {
    value = JSON.parse(text);
  } catch {
    isJson = false;
  }
  return (
    <div className="rounded-card border border-line bg-canvas">
      <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-3 py-1">
        {isJson ? (
          <button
            type="button"
            className="min-h-8 rounded-control text-table text-ink-2 hover:text-ink"
            onClick={() => {
              setPlain(!plain);
            }}
          >
            {plain ? t('As a tree') : t('As it came')}
          </button>
        ) : (
          <span className="text-table text-ink-3">{t('Not JSON')}</span>
        )}
        <span className="inline-flex max-w-full flex-wrap items-center gap-1">
          {isJson && !plain && (
            <input
              type="search"
              aria-label={t('Find in the body')}
              placeholder={t('Find')}
              className="control w-28 sm:w-44"
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
              }}
            />
          )}
          <Copy text={text} what={t('body')} />
        </span>
      </div>
      <div className="max-h-[50vh] overflow-auto p-3 font-mono text-meta">
        {isJson && !plain ? (
          <>
            {find && !holds(find, value) ? (
              <p className="m-0">{t('Nothing in it has this text.')}</p>
            ) : (
              <Node key={find} value={value} depth={0} find={find} />
            )}
          </>
        ) : (
          <pre className="m-0 whitespace-pre-wrap wrap-anywhere">{text}</pre>
        )}
      </div>
    </div>
  );
}
