import { parseAsString, useQueryState, useQueryStates } from 'nuqs';
import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from 'react';
import type { FigureView } from '@/shared/api/numbers';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { cx } from '@/shared/ui/classes';
import { formulaWords, nameOf } from './keys';
import { changeText, valueText } from './text';

/** A figure that can be opened. */
export interface Opening {
  /** Stands in the address; unique on its page. */
  id: string;
  key: string;
  name: string;
  figure: FigureView;
  /** What it is about: month, person, campaign. */
  scope: string;
  /** What its difference is to. */
  against?: string | null;
}

/** Which figure of the page is open; it stands in the address. */
export const usePanel = () =>
  useQueryState('panel', parseAsString.withOptions({ history: 'push' }));

/** Closes the panel with all that it keeps in the address. */
export const useClosePanel = () => {
  const [, set] = useQueryStates({ panel: parseAsString, part: parseAsString });
  return () => void set({ panel: null, part: null }, { history: 'push' });
};

const Scope = createContext('');

/** What the figures inside are about, said once for all of them. */
export const ScopeProvider = Scope.Provider;
export const useScope = (): string => useContext(Scope);

const FLASH_MS = 1_200;

/** Whether a shown text has just become another one. */
function useChanged(text: string): boolean {
  const before = useRef(text);
  const [changed, setChanged] = useState(false);
  useEffect(() => {
    if (before.current === text) return;
    before.current = text;
    setChanged(true);
    const timer = setTimeout(() => {
      setChanged(false);
    }, FLASH_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  return changed;
}

/** Opens a figure beside the page, as a click with ⌘ or Ctrl does. */
function inNewTab(id: string): void {
  const url = new URL(location.href);
  url.searchParams.set('panel', id);
  window.open(url, '_blank', 'noopener');
}

/** A number that opens: a button with the figure in it. */
export function Door({
  id,
  figure,
  label,
  short = false,
  muted = false,
  className,
  children,
}: {
  id: string;
  figure: FigureView;
  /** What it is, where its name does not stand beside it. */
  label?: string;
  short?: boolean;
  muted?: boolean;
  className?: string;
  children?: ReactNode;
}) {
  const { currency } = useFrame();
  const [, open] = usePanel();
  const text = valueText(figure, currency, short);
  const changed = useChanged(text);
  const none = figure.value === null || figure.value === undefined;
  return (
    <button
      type="button"
      data-metric={id}
      title={none ? t('Nothing to divide by') : formulaWords(figure.formula)}
      aria-label={label ? `${label}: ${text}` : undefined}
      className={cx(
        'touch rounded-control',
        muted && 'text-ink-3',
        changed && 'changed',
        className ??
          '-mx-1 min-h-6 min-w-6 px-1 text-end tabular-nums hover:text-brand hover:underline',
      )}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey) inNewTab(id);
        else void open(id);
      }}
    >
      {children ?? text}
    </button>
  );
}

/** A figure with its name and its difference, as a card that opens. */
export function FigureCard({
  id,
  figure,
  note,
  small = false,
  ahead = false,
  children,
}: {
  id: string;
  figure: FigureView;
  note?: ReactNode;
  /** It is not among the first that a page answers. */
  small?: boolean;
  /** It is a share of calls of which some still lie ahead. */
  ahead?: boolean;
  children?: ReactNode;
}) {
  const { currency } = useFrame();
  const change = changeText(figure, currency);
  return (
    <Door
      id={id}
      figure={figure}
      muted={ahead}
      className={cx(
        '@container flex w-full min-w-0 flex-col rounded-card border border-line bg-surface text-start tabular-nums hover:border-brand hover:text-brand',
        small ? 'px-4 py-3' : 'p-4',
      )}
    >
      <span className="text-table text-ink-2">{nameOf(id)}</span>
      <span
        className={cx(
          'font-semibold tracking-tight wrap-anywhere',
          small
            ? 'text-[length:max(1rem,min(var(--text-title),14cqi))] leading-7'
            : 'text-[length:max(1.125rem,min(var(--text-figure),15cqi))] leading-9',
        )}
      >
        {valueText(figure, currency, true)}
      </span>
      <span className="min-h-4 text-meta text-ink-3 wrap-anywhere">
        {ahead ? t('calls still ahead') : (change ?? note)}
      </span>
      {children}
    </Door>
  );
}
