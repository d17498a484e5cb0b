import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';

const css = readFileSync('src/shared/ui/tokens.css', 'utf8');

/** The variables of one theme. */
const tokens = (theme: string): Map<string, string> => {
  const block = css.slice(css.indexOf(`[data-theme='${theme}']`));
  const body = block.slice(block.indexOf('{') + 1, block.indexOf('}'));
  const pairs = [...body.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)];
  return new Map(pairs.map(([, name = '', value = '']) => [name, value]));
};

const channels = (hex: string): number[] =>
  [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });

const luminance = (hex: string): number => {
  const [r = 0, g = 0, b = 0] = channels(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const contrast = (a: string, b: string): number => {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
};

/** Pairs of text and ground. */
const TEXT: [string, string][] = [
  ['ink', 'canvas'],
  ['ink', 'surface'],
  ['ink', 'sunken'],
  ['ink-2', 'sunken'],
  ['ink-3', 'sunken'],
  ['ink-3', 'surface'],
  ['brand', 'surface'],
  ['brand', 'brand-soft'],
  ['on-brand', 'brand'],
  ['ok', 'ok-soft'],
  ['warn', 'warn-soft'],
  ['bad', 'bad-soft'],
  ['info', 'info-soft'],
  ['on-seq-low', 'seq-3'],
  ['on-seq-high', 'seq-4'],
];
/** Pairs of a control or a mark and its ground. */
const MARKS: [string, string][] = [
  ['border', 'surface'],
  ['trend-bar', 'surface'],
  ['trend-week', 'surface'],
  ['trend-month', 'surface'],
  ['delta-less', 'surface'],
  ['delta-more', 'surface'],
  ...[1, 2, 3, 4, 5, 6].map((n): [string, string] => [`chart-${String(n)}`, 'surface']),
];

describe.each(['light', 'dark'])('%s', (theme) => {
  const of = tokens(theme);
  const pair = ([a, b]: [string, string]) => contrast(of.get(a) ?? '', of.get(b) ?? '');

  it.each(TEXT)('%s is read on %s', (a, b) => {
    expect(pair([a, b])).toBeGreaterThanOrEqual(4.5);
  });
  it.each(MARKS)('%s is seen on %s', (a, b) => {
    expect(pair([a, b])).toBeGreaterThanOrEqual(3);
  });
});
