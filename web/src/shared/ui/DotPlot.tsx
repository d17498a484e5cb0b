import type { ReactNode } from 'react';
import { along } from './scale';

export interface Mark {
  letter: string;
  /** What the letter stands for, where it is not said beside the chart. */
  name?: string;
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

/** Letters nearer than this, in percent of the line, do not fit beside each other: they take turns above and below it. */
const NEAR = 6;
/** So few marks all have their letters; of more the weak ones are dots. */
const LETTERS = 3;
/** Where a letter stands: on the line, above, below. */
const HEIGHTS = [16, 6, 27] as const;

interface Placed {
  mark: Mark;
  place: number;
}

const placed = (marks: Mark[], min: number, max: number): Placed[] =>
  marks
    .map((mark) => ({ mark, place: along(mark.value, min, max) }))
    .sort((a, b) => a.place - b.place);

/** Each letter with its height. */
function letters(marks: Placed[]): (Placed & { y: number })[] {
  const near = (one: number, other: number) =>
    Math.abs((marks[one]?.place ?? Infinity) - (marks[other]?.place ?? Infinity)) < NEAR;
  return marks.map((one, at) => {
    const crowded = near(at, at - 1) || near(at, at + 1);
    return { ...one, y: HEIGHTS[crowded ? 1 + (at % 2) : 0] ?? HEIGHTS[0] };
  });
}

/** Values on one line each, at their places, as letters: no colour carries a meaning. A dotted line leads from the least to the
 * most. */
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
        const all = placed(row.marks, min, max);
        const lettered = (one: Placed) => all.length <= LETTERS || one.mark.strong === true;
        const open = (mark: Mark) =>
          onMark && {
            className: 'cursor-pointer hover:underline',
            onClick: () => {
              onMark(row, mark);
            },
          };
        return (
          <li
            key={row.key}
            className="grid grid-cols-[minmax(0,1fr)_minmax(0,2fr)] items-center gap-x-3 sm:grid-cols-[9rem_minmax(0,1fr)_auto]"
          >
            <span className="truncate" title={row.name}>
              {row.name}
            </span>
            <svg className="h-8 w-full overflow-visible" aria-hidden>
              <line x1="0" x2="100%" y1="16" y2="16" stroke="var(--line)" />
              <line
                x1={`${String(all[0]?.place ?? 0)}%`}
                x2={`${String(all.at(-1)?.place ?? 0)}%`}
                y1="16"
                y2="16"
                stroke="var(--ink-3)"
                strokeDasharray="2 3"
              />
              {all
                .filter((one) => !lettered(one))
                .map(({ mark, place }) => (
                  <circle
                    key={mark.letter}
                    cx={`${String(place)}%`}
                    cy="16"
                    r="3.5"
                    fill="var(--surface)"
                    stroke="var(--ink-3)"
                    strokeWidth="1.5"
                    {...open(mark)}
                  >
                    <title>{mark.name ?? mark.letter}</title>
                  </circle>
                ))}
              {letters(all.filter(lettered)).map(({ mark, place, y }) => (
                <text
                  key={mark.letter}
                  x={`${String(place)}%`}
                  y={y}
                  dominantBaseline="central"
                  textAnchor="middle"
                  stroke="var(--surface)"
                  strokeWidth="4"
                  paintOrder="stroke"
                  fontSize={mark.strong ? 14 : 11}
                  fontWeight={mark.strong ? 600 : 400}
                  fill={mark.strong ? 'var(--brand)' : 'var(--ink-3)'}
                  {...open(mark)}
                >
                  {mark.letter}
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
