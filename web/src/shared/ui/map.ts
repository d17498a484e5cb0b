/** Places and lines of a small map on a grid. */

const LEFT = 60;
const TOP = 24;
const COLUMN = 160;
const ROW = 78;

/** Where a place of the grid lies. */
export const at = ([column, row]: readonly [number, number]): { x: number; y: number } => ({
  x: LEFT + column * COLUMN,
  y: TOP + row * ROW,
});

/** A line from a place to another: straight where it can be, else a soft bend. */
export const line = (from: readonly [number, number], to: readonly [number, number]): string => {
  const [a, b] = [at(from), at(to)];
  if (a.x === b.x || a.y === b.y)
    return `M${String(a.x)} ${String(a.y)}L${String(b.x)} ${String(b.y)}`;
  const half = (a.x + b.x) / 2;
  return `M${String(a.x)} ${String(a.y)}C${String(half)} ${String(a.y)} ${String(half)} ${String(b.y)} ${String(b.x)} ${String(b.y)}`;
};

/** The whole map's width. */
export const WIDTH = 760;

/** How far a box must be scrolled for a place of the map to stand in its middle. */
export const middle = (x: number, box: { scrollWidth: number; clientWidth: number }): number =>
  Math.max(0, (x / WIDTH) * box.scrollWidth - box.clientWidth / 2);
