import { useEffect, useRef } from 'react';
import type { Schema } from '@/shared/api/client';
import { t } from '@/shared/i18n/t';
import { at, line, middle } from '@/shared/ui/map';
import { MOVES, PLACES, stateWord } from './states';

type Entry = Schema['HistoryView'];

/** The twelve states as a map of lines; the way that this booking went is bold. The list below it says the same. */
export function StateMap({ state, history }: { state: string; history: Entry[] }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = at(PLACES[state] ?? [0, 0]).x;
    if (box.current) box.current.scrollLeft = middle(place, box.current);
  }, [state]);
  const walked = new Set(history.filter((e) => e.accepted).flatMap((e) => [e.from ?? '', e.to]));
  const steps = new Set(
    history.filter((e) => e.accepted && e.from).map((e) => `${e.from ?? ''}>${e.to}`),
  );
  const extra = [...steps]
    .map((step) => step.split('>'))
    .filter(([a = '', b = '']) => a !== b && !MOVES.some(([x, y]) => x === a && y === b));
  const path = [...MOVES, ...(extra as [string, string][])];
  return (
    <div
      ref={box}
      className="overflow-x-auto"
      role="region"
      aria-label={t('State map')}
      // A region that scrolls is reached by the keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <svg
        viewBox="0 0 760 220"
        className="mx-auto h-auto w-full max-w-[900px] min-w-[560px]"
        role="img"
        aria-label={t`State map. The booking is ${stateWord(state)}; it went ${history
          .filter((e) => e.accepted)
          .map((e) => stateWord(e.to))
          .join(', ')}.`}
      >
        {path.map(([from, to]) => {
          const bold = steps.has(`${from}>${to}`);
          return (
            <path
              key={`${from}>${to}`}
              d={line(PLACES[from] ?? [0, 0], PLACES[to] ?? [0, 0])}
              fill="none"
              stroke={bold ? 'var(--brand)' : 'var(--line)'}
              strokeWidth={bold ? 3 : 1.5}
            />
          );
        })}
        {Object.entries(PLACES).map(([name, place]) => {
          const { x, y } = at(place);
          const here = name === state;
          const passed = walked.has(name);
          return (
            <g key={name}>
              <circle
                cx={x}
                cy={y}
                r={here ? 9 : 6}
                fill={here ? 'var(--brand)' : passed ? 'var(--surface)' : 'var(--sunken)'}
                stroke={passed ? 'var(--brand)' : 'var(--border)'}
                strokeWidth={passed ? 3 : 1}
              />
              <text
                x={x}
                y={y + 26}
                textAnchor="middle"
                fontSize="12"
                fontWeight={here ? 600 : 400}
                fill={passed ? 'var(--ink)' : 'var(--ink-3)'}
                stroke="var(--surface)"
                strokeWidth="5"
                paintOrder="stroke"
              >
                {stateWord(name)}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
