import type { ReactNode } from 'react';
import { greatest, share } from './scale';

export interface Bar {
  key: string;
  name: ReactNode;
  value: number;
  /** So much of the value is drawn full, the rest of it pale. */
  part?: number;
  shown: ReactNode;
  colour?: string;
}

/**
 * Bars from 0 with their figures beside them, all on tracks of one length. It is a list, so it needs no second form for
 * the ear.
 */
export function Bars({ bars }: { bars: Bar[] }) {
  const max = greatest(bars.map((bar) => bar.value));
  return (
    <ul className="m-0 grid list-none grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] gap-x-3 gap-y-2 p-0 text-table sm:grid-cols-[min(11rem,45%)_minmax(0,1fr)_auto]">
      {bars.map((bar) => {
        const colour = bar.colour ?? 'var(--chart-1)';
        const length = share(bar.value, max);
        return (
          <li key={bar.key} className="col-span-3 grid grid-cols-subgrid items-center">
            <span className="min-w-0 wrap-break-word">{bar.name}</span>
            <svg className="h-3 w-full" aria-hidden preserveAspectRatio="none" viewBox="0 0 100 10">
              <rect width="100" height="10" rx="1" fill="var(--sunken)" />
              {bar.part !== undefined && (
                <rect
                  width={length}
                  height="10"
                  fill={colour}
                  fillOpacity="0.25"
                  stroke={colour}
                  vectorEffect="non-scaling-stroke"
                />
              )}
              <rect width={share(bar.part ?? bar.value, max)} height="10" rx="1" fill={colour} />
            </svg>
            <span className="min-w-16 text-end">{bar.shown}</span>
          </li>
        );
      })}
    </ul>
  );
}
