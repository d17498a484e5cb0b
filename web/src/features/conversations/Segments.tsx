import { t } from '@/shared/i18n/t';
import { cx } from '@/shared/ui/classes';
import { useChosenInSight } from '@/shared/ui/useChosenInSight';
import { SHOWN, SHOWN_WORDS, type Shown } from './threads';

/** Which threads are shown: one press for each of the few questions. */
export function Segments({ shown, onShow }: { shown: Shown; onShow: (shown: Shown) => void }) {
  const row = useChosenInSight<HTMLDivElement>(shown);
  return (
    <div
      ref={row}
      role="group"
      aria-label={t('Show')}
      className="inline-flex max-w-full overflow-x-auto rounded-control border border-border bg-surface p-0.5"
    >
      {SHOWN.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === shown}
          className={cx(
            'min-h-7 rounded-sm px-2.5 text-table font-medium whitespace-nowrap focus-visible:outline-offset-[-2px] pointer-coarse:min-h-10',
            one === shown ? 'bg-brand-soft text-brand' : 'text-ink-2 hover:text-ink',
          )}
          onClick={() => {
            onShow(one);
          }}
        >
          {SHOWN_WORDS[one]}
        </button>
      ))}
    </div>
  );
}
