import { useState } from 'react';
import { t } from '@/shared/i18n/t';
import { Copy } from './Copy';

const MAX_OPEN = 2;

/** A value of JSON as a tree that folds. */
function Node({ name, value, depth }: { name?: string; value: unknown; depth: number }) {
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
    <details open={depth < MAX_OPEN}>
      <summary className="min-h-6">
        {label}
        {brackets[0]} <span className="text-ink-3">{entries.length}</span> {brackets[1]}
      </summary>
      <div className="ms-1 border-s border-line ps-3">
        {entries.map(([key, inner]) => (
          <Node key={key} name={key} value={inner} depth={depth + 1} />
        ))}
      </div>
    </details>
  );
}

/** The text of a body: as a tree if it is JSON, else as it is. */
export function JsonView({ text }: { text: string }) {
  const [plain, setPlain] = useState(false);
  let value: unknown;
  let isJson = true;
  try {
    value = JSON.parse(text);
  } catch {
    isJson = false;
  }
  return (
    <div className="rounded-card border border-line bg-canvas">
      <div className="flex items-center justify-between gap-2 border-b border-line px-3 py-1">
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
        <Copy text={text} what={t('body')} />
      </div>
      <div className="max-h-[50vh] overflow-auto p-3 font-mono text-meta">
        {isJson && !plain ? (
          <Node value={value} depth={0} />
        ) : (
          <pre className="m-0 whitespace-pre-wrap wrap-anywhere">{text}</pre>
        )}
      </div>
    </div>
  );
}
