import type { ReactNode } from 'react';
import { along } from './scale';

export interface Mark {
  letter: string;
  value: number;
  strong?: boolean;
}

export interface DotRow {
  key: string;
  name: string;
  marks: Mark[];
  /** What stands at the end of the line. */
  shown?: ReactNode;
}

/** Marks nearer than this, in percent of the line, stand beside each other as one word. */
const NEAR = 3;

/** The marks by place; those that would lie upon each other stand together, the strong ones first. */
function together(marks: Mark[], min: number, max: number): { place: number; marks: Mark[] }[] {
  const placed = marks
    .map((mark) => ({ mark, place: along(mark.value, min, max) }))
    .sort((a, b) => a.place - b.place);
  const found: { place: number; marks: Mark[] }[] = [];
  for (const { mark, place } of placed) {
    const last = found.at(-1);
    if (last && place - last.place < NEAR) last.marks.push(mark);
    else found.push({ place, marks: [mark] });
  }
  const strength = (mark: Mark) => (mark.strong ? 1 : 0);
  for (const one of found) one.marks.sort((a, b) => strength(b) - strength(a));
  return found;
}

/** A word at an end of the line stays on it. */
const anchor = (place: number): 'start' | 'middle' | 'end' =>
  place < NEAR ? 'start' : place > 100 - NEAR ? 'end' : 'middle';

/** Values on one line each, as letters: no colour carries a meaning. A dotted line leads from the least to the most. */
export function DotPlot({
  name,
  min,
  max,
  rows,
  onMark,
}: {
  name: string;
  min: number;
  max: number;
  rows: DotRow[];
  /** Opens what is behind a mark, for a pointer: the keyboard has the table beside the chart. */
  onMark?: (row: DotRow, mark: Mark) => void;
}) {
  return (
    <ul aria-label={name} className="m-0 flex list-none flex-col gap-2 p-0 text-table">
      {rows.map((row) => {
        const places = row.marks.map((mark) => along(mark.value, min, max));
        return (
          <li
            key={row.key}
            className="grid grid-cols-[minmax(0,1fr)_minmax(0,2fr)] items-center gap-x-3 sm:grid-cols-[9rem_minmax(0,1fr)_auto]"
          >
            <span className="truncate" title={row.name}>
              {row.name}
            </span>
            <svg className="h-6 w-full overflow-visible" aria-hidden>
              <line x1="0" x2="100%" y1="12" y2="12" stroke="var(--line)" />
              <line
                x1={`${String(Math.min(...places))}%`}
                x2={`${String(Math.max(...places))}%`}
                y1="12"
                y2="12"
                stroke="var(--ink-3)"
                strokeDasharray="2 3"
              />
              {together(row.marks, min, max).map(({ place, marks }) => (
                <text
                  key={place}
                  x={`${String(place)}%`}
                  y="12"
                  dominantBaseline="central"
                  textAnchor={anchor(place)}
                  stroke="var(--surface)"
                  strokeWidth="4"
                  paintOrder="stroke"
                >
                  {marks.map((mark) => (
                    <tspan
                      key={mark.letter}
                      className={onMark && 'cursor-pointer hover:underline'}
                      onClick={
                        onMark &&
                        (() => {
                          onMark(row, mark);
                        })
                      }
                      fontSize={mark.strong ? 14 : 11}
                      fontWeight={mark.strong ? 600 : 400}
                      fill={mark.strong ? 'var(--brand)' : 'var(--ink-3)'}
                    >
                      {mark.letter}
                    </tspan>
                  ))}
                </text>
              ))}
            </svg>
            {row.shown && <span className="text-end max-sm:col-span-2">{row.shown}</span>}
          </li>
        );
      })}
    </ul>
  );
}
