import { greatest } from './scale';

/** Figures as the points of a line from 0 to their greatest. */
export const points = (values: number[], width: number, height: number): string => {
  const max = greatest(values) || 1;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values
    .map(
      (value, at) =>
        `${(at * step).toFixed(1)},${(height - 2 - (value / max) * (height - 6)).toFixed(1)}`,
    )
    .join(' ');
};
