/** Labels at places of a line, moved apart so that none lies on another. */

export interface Label<T> {
  /** Where it belongs, in percent of the line. */
  place: number;
  /** How wide it is, in the same measure. */
  width: number;
  of: T;
}

export interface Spread<T> extends Label<T> {
  /** Where its middle is written. */
  at: number;
}

/** Each as near to its place as its neighbours and the ends of the line let it be; in the order of places. */
export function spread<T>(labels: Label<T>[]): Spread<T>[] {
  const sorted = [...labels].sort((a, b) => a.place - b.place);
  // Groups of labels that touch: each is centred on the mean of its places, and joins the one before that it would cover.
  const groups: { start: number; width: number; of: Label<T>[] }[] = [];
  for (const label of sorted) {
    groups.push({ start: label.place - label.width / 2, width: label.width, of: [label] });
    for (;;) {
      const [before, last] = [groups.at(-2), groups.at(-1)];
      if (!last) break;
      last.start = Math.max(0, Math.min(100 - last.width, last.start));
      if (!before || before.start + before.width <= last.start) break;
      groups.pop();
      before.of.push(...last.of);
      before.width += last.width;
      const mean = before.of.reduce((all, one) => all + one.place, 0) / before.of.length;
      before.start = mean - before.width / 2;
    }
  }
  return groups.flatMap((group) => {
    let from = group.start;
    return group.of.map((label) => {
      const at = from + label.width / 2;
      from += label.width;
      return { ...label, at };
    });
  });
}
