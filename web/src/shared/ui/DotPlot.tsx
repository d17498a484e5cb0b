import { useEffect, useRef, useState, type ReactNode } from 'react';
import { cx } from './classes';
import { along, ticks } from './scale';
import { spread } from './spread';

export interface Mark {
  /** Stands above the mark; without one it is a dot alone. */
  letter?: string;
  /** What the letter stands for. */
  name: string;
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

/** The width of a letter and the room between two labels, in pixels. */
const LETTER = 9;
const GAP = 5;
/** Marks closer than this (percent of the width) share one label. */
const SAME = 0.6;
/** Heights: of the letters' middle, of the ends of the line that leads from them, of the marks. */
const Y = { letters: 9, from: 16, to: 20, marks: 24, all: 34 };

interface Placed {
  mark: Mark;
  place: number;
}

/** Groups the letters of marks that lie together. A mark at 0 that is not strong gets no letter: it has no value to show. */
function labels(marks: Placed[], width: number) {
  const percent = (pixels: number) => along(pixels, 0, width);
  const places: Placed[][] = [];
  for (const one of marks) {
    if (!one.mark.letter || (one.mark.value === 0 && !one.mark.strong)) continue;
    const last = places.at(-1);
    if (last && one.place - (last[0]?.place ?? 0) < SAME) last.push(one);
    else places.push([one]);
  }
  return spread(
    places.map((of) => ({
      of,
      place: of[0]?.place ?? 0,
      width: percent(of.length * LETTER + GAP),
    })),
  );
}

/** How wide a part is drawn. */
function useWidth() {
  const part = useRef<SVGSVGElement>(null);
  const [width, setWidth] = useState(400);
  useEffect(() => {
    const one = part.current;
    if (!one || typeof ResizeObserver === 'undefined') return;
    const watcher = new ResizeObserver(() => {
      setWidth(one.clientWidth || 400);
    });
    watcher.observe(one);
    return () => {
      watcher.disconnect();
    };
  }, []);
  return { part, width };
}

const x = (place: number): string => `${String(place)}%`;

/** Values on one line each, at their places under a common scale. Letters name them, so no colour carries a meaning; a dotted
 * line leads from the least to the most. */
export function DotPlot({
  name,
  min,
  max,
  tick,
  rows,
  onMark,
}: {
  name: string;
  min: number;
  max: number;
  /** A figure of the scale in words. */
  tick: (value: number) => string;
  rows: DotRow[];
  /** Opens what is behind a mark, for a pointer: the keyboard has the table beside the chart. */
  onMark?: (row: DotRow, mark: Mark) => void;
}) {
  const scale = ticks(min, max);
  const [low, high] = [scale[0] ?? min, scale.at(-1) ?? max];
  const { part, width } = useWidth();
  const lines = scale.map((value) => ({ value, place: along(value, low, high) }));
  return (
    <ul
      aria-label={name}
      className="m-0 grid list-none grid-cols-[minmax(0,1fr)_minmax(0,2fr)] gap-x-4 p-0 text-table sm:grid-cols-[minmax(5rem,9rem)_minmax(0,1fr)_auto]"
    >
      {rows.map((row) => (
        <li key={row.key} className="col-span-full grid grid-cols-subgrid items-center">
          <span className="truncate pt-3" title={row.name}>
            {row.name}
          </span>
          <Line row={row} low={low} high={high} lines={lines} width={width} onMark={onMark} />
          {row.shown && (
            <span className="pt-3 text-end max-sm:col-span-2 max-sm:pt-0">{row.shown}</span>
          )}
        </li>
      ))}
      <li aria-hidden className="col-span-full grid grid-cols-subgrid">
        <svg ref={part} className="col-start-2 h-5 w-full overflow-visible">
          {lines.map(({ value, place }) => (
            <text
              key={value}
              x={x(place)}
              y="14"
              fontSize="11"
              fill="var(--ink-3)"
              textAnchor={place === 0 ? 'start' : place === 100 ? 'end' : 'middle'}
            >
              {tick(value)}
            </text>
          ))}
        </svg>
      </li>
    </ul>
  );
}

function Line({
  row,
  low,
  high,
  lines,
  width,
  onMark,
}: {
  row: DotRow;
  low: number;
  high: number;
  lines: { value: number; place: number }[];
  width: number;
  onMark?: ((row: DotRow, mark: Mark) => void) | undefined;
}) {
  const all = row.marks
    .map((mark): Placed => ({ mark, place: along(mark.value, low, high) }))
    .sort((a, b) => a.place - b.place);
  const opens = (mark: Mark) =>
    onMark && {
      onClick: () => {
        onMark(row, mark);
      },
    };
  const cursor = onMark && 'cursor-pointer';
  return (
    <svg className="w-full overflow-visible" height={Y.all} aria-hidden>
      {lines.map(({ value, place }) => (
        <line key={value} x1={x(place)} x2={x(place)} y1="0" y2={Y.all} stroke="var(--line)" />
      ))}
      <line
        x1={x(all[0]?.place ?? 0)}
        x2={x(all.at(-1)?.place ?? 0)}
        y1={Y.marks}
        y2={Y.marks}
        stroke="var(--ink-3)"
        strokeDasharray="2 3"
      />
      {labels(all, width).map(({ of, place, at }) => (
        <g key={of.map(({ mark }) => mark.letter).join('')}>
          <line x1={x(at)} x2={x(place)} y1={Y.from} y2={Y.to} stroke="var(--border)" />
          <text
            x={x(at)}
            y={Y.letters}
            dominantBaseline="central"
            textAnchor="middle"
            stroke="var(--surface)"
            strokeWidth="3"
            paintOrder="stroke"
            fontSize="11"
          >
            {of.map(({ mark }) => (
              <tspan
                key={mark.letter}
                fontWeight={mark.strong ? 700 : 400}
                fill={mark.strong ? 'var(--brand)' : 'var(--ink-2)'}
                className={cx(cursor, onMark && 'hover:underline')}
                {...opens(mark)}
              >
                {mark.letter}
                <title>{mark.name}</title>
              </tspan>
            ))}
          </text>
        </g>
      ))}
      {/* The strong ones last, so that they lie above. */}
      {all
        .toSorted((a, b) => Number(a.mark.strong ?? false) - Number(b.mark.strong ?? false))
        .map(({ mark, place }) => (
          <circle
            key={mark.name}
            cx={x(place)}
            cy={Y.marks}
            r={mark.strong ? 4.5 : 3.5}
            fill={mark.strong ? 'var(--brand)' : 'var(--surface)'}
            stroke={mark.strong ? 'var(--surface)' : 'var(--ink-3)'}
            strokeWidth="1.5"
            className={cx(cursor)}
            {...opens(mark)}
          >
            <title>{mark.name}</title>
          </circle>
        ))}
    </svg>
  );
}
