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

/** How somebody sees red, green and blue light: everybody, then Machado's matrices of three colour blindnesses. */
const VISIONS: [name: string, matrix: [number, number, number][]][] = [
  [
    'normal sight',
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  ],
  [
    'protanopia',
    [
      [0.152286, 1.052583, -0.204868],
      [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
  ],
  [
    'deuteranopia',
    [
      [0.367322, 0.860646, -0.227968],
      [0.280085, 0.672501, 0.047413],
      [-0.01182, 0.04294, 0.968881],
    ],
  ],
  [
    'tritanopia',
    [
      [1.255528, -0.076749, -0.178779],
      [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.3039],
    ],
  ],
];

/** A colour in OKLab as somebody sees it. */
const seen = (hex: string, matrix: [number, number, number][]): [number, number, number] => {
  const [x = 0, y = 0, z = 0] = channels(hex);
  const [r = 0, g = 0, b = 0] = matrix.map(([p, q, s]) =>
    Math.min(1, Math.max(0, p * x + q * y + s * z)),
  );
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
};

const SERIES = [1, 2, 3, 4, 5, 6].map((n) => `chart-${String(n)}`);
const SERIES_PAIRS = SERIES.flatMap((a, at) => SERIES.slice(at + 1).map((b) => [a, b] as const));

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
  it.each(VISIONS)('two series are told apart with %s', (_, matrix) => {
    for (const [a, b] of SERIES_PAIRS) {
      const [one, other] = [seen(of.get(a) ?? '', matrix), seen(of.get(b) ?? '', matrix)];
      const distance = 100 * Math.hypot(...one.map((value, at) => value - (other[at] ?? 0)));
      expect(distance, `${a}, ${b}`).toBeGreaterThanOrEqual(10);
    }
  });
});
