import type { ReactNode } from 'react';
import { greatest, share } from './scale';

export interface Bar {
  key: string;
  name: ReactNode;
  value: number;
  shown: ReactNode;
  colour?: string;
}

/** Bars from 0 with their figures beside them. It is a list, so it needs no second form for the ear. */
export function Bars({ bars }: { bars: Bar[] }) {
  const max = greatest(bars.map((bar) => bar.value));
  return (
    <ul className="m-0 flex list-none flex-col gap-2 p-0 text-table">
      {bars.map((bar) => (
        <li
          key={bar.key}
          className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] sm:grid-cols-[11rem_minmax(0,1fr)_auto] items-center gap-3"
        >
          <span className="truncate">{bar.name}</span>
          <svg className="h-3 w-full" aria-hidden preserveAspectRatio="none" viewBox="0 0 100 10">
            <rect width="100" height="10" rx="1" fill="var(--sunken)" />
            <rect
              width={share(bar.value, max)}
              height="10"
              rx="1"
              fill={bar.colour ?? 'var(--chart-1)'}
            />
          </svg>
          <span className="min-w-16 text-end">{bar.shown}</span>
        </li>
      ))}
    </ul>
  );
}
