/** Scales of charts: the only place where figures become lengths. */

/** A figure as percent of the greatest, for the length of a bar. */
export const share = (value: number, max: number): number =>
  max <= 0 ? 0 : Math.max(0, Math.min(100, (value / max) * 100));

/** The greatest of some figures. */
export const greatest = (values: number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

/** Where a figure lies between two others, in percent of the way. */
export const along = (value: number, min: number, max: number): number =>
  max <= min ? 0 : Math.max(0, Math.min(100, ((value - min) / (max - min)) * 100));

/** The ends of a scale that holds 0 and all figures. */
export const ends = (values: number[]): { min: number; max: number } => ({
  min: values.reduce((a, b) => Math.min(a, b), 0),
  max: greatest(values),
});

/** One of six steps of a figure, 0 for none. */
export const step = (value: number, max: number): 0 | 1 | 2 | 3 | 4 | 5 | 6 => {
  if (value <= 0 || max <= 0) return 0;
  return Math.min(6, Math.max(1, Math.ceil((value / max) * 6))) as 1 | 2 | 3 | 4 | 5 | 6;
};

/** Figures upon each other from 0 on, in percent of the whole scale: where each begins and how long it is. */
export const stacked = (values: number[], max: number): { from: number; length: number }[] => {
  let from = 0;
  return values.map((value) => {
    const length = share(value, max);
    const piece = { from, length };
    from += length;
    return piece;
  });
};

/** The height of the highest pile of figures. */
export const highest = (piles: number[][]): number =>
  greatest(piles.map((pile) => pile.reduce((all, value) => all + value, 0)));

/** The colour of a channel: the same on all pages, by the place of its name among all names. */
export const channelColour = (name: string, names: string[]): string => {
  const at = [...names]
    .filter((n) => n !== 'unknown')
    .sort()
    .indexOf(name);
  return at < 0 || at > 5 ? 'var(--ink-3)' : `var(--chart-${String(at + 1)})`;
};

/** The lines of a small chart from the top: all of it, half of it, nothing. */
export const halves = (top: number): number[] => [top, top / 2, 0];

/** Every how many of some labels there is room for one. */
export const every = (labels: number, most: number): number =>
  Math.max(1, Math.ceil(labels / most));

/** Round figures from one at or under the least to one at or above the greatest, about `parts` steps apart. */
export const ticks = (min: number, max: number, parts = 4): number[] => {
  const span = max - min;
  if (span <= 0) return [min];
  const rough = span / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  const [first, last] = [Math.floor(min / step), Math.ceil(max / step)];
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
};
