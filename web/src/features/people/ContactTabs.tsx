import { parseAsStringLiteral, useQueryState } from 'nuqs';
import type { ReactNode } from 'react';
import { t } from '@/shared/i18n/t';
import { cx } from '@/shared/ui/classes';
import { useChosenInSight } from '@/shared/ui/useChosenInSight';

const PARTS = ['journey', 'health', 'identity', 'texts', 'money'] as const;
export type Part = (typeof PARTS)[number];

const WORDS: Record<Part, string> = {
  journey: t('Journey'),
  health: t('Health'),
  identity: t('Identity'),
  texts: t('Texts'),
  money: t('Money'),
};

/** The parts of a person's page one at a time, for a phone; parts without content have no tab. */
export function Tabs({ parts }: { parts: Record<Part, ReactNode> }) {
  const [chosen, choose] = useQueryState('tab', parseAsStringLiteral(PARTS).withDefault('journey'));
  const shown = PARTS.filter((part) => parts[part]);
  const open = shown.includes(chosen) ? chosen : 'journey';
  const row = useChosenInSight<HTMLDivElement>(open);
  return (
    <>
      <div
        ref={row}
        role="group"
        aria-label={t('Parts of the page')}
        className="-mx-4 flex gap-1 overflow-x-auto border-b border-line px-4"
      >
        {shown.map((part) => (
          <button
            key={part}
            type="button"
            aria-pressed={part === open}
            className={cx(
              'touch -mb-px inline-flex min-h-11 items-center border-b-2 px-3 font-medium whitespace-nowrap',
              part === open ? 'border-brand text-ink' : 'border-transparent text-ink-2',
            )}
            onClick={() => void choose(part)}
          >
            {WORDS[part]}
          </button>
        ))}
      </div>
      <div className="mt-4 flex min-w-0 flex-col gap-4">{parts[open]}</div>
    </>
  );
}
