import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Found {
  violations: {
    id: string;
    impact: string | null;
    nodes: { html: string; failureSummary?: string }[];
  }[];
}

/** Nothing on the page is a serious or critical barrier. */
export async function accessible(page: Page, where: string): Promise<void> {
  await page.evaluate(source);
  const found = await page.evaluate(() =>
    (window as unknown as { axe: { run: (options: object) => Promise<Found> } }).axe.run({
      resultTypes: ['violations'],
    }),
  );
  const grave = found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes[0]?.html.slice(0, 160) ?? ''} ${nodes[0]?.failureSummary ?? ''}`,
    );
  expect(grave, where).toEqual([]);
}

/** The page is as wide as the window: nothing is cut off, nothing scrolls sideways but what says so. */
export async function fits(page: Page, where: string): Promise<void> {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(content, `${where} is as wide as the window`).toBeLessThanOrEqual(window ?? 0);
}

/** Texts that are cut off by their own box, but those that say so with an ellipsis and can scroll. */
export const cut = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('h1,h2,h3,button,a,label,th,dt,legend,summary,option')]
      .filter((one) => {
        const look = getComputedStyle(one);
        return (
          one.clientWidth > 0 &&
          look.overflowX === 'hidden' &&
          look.position !== 'absolute' &&
          one.scrollWidth > one.clientWidth + 1
        );
      })
      .map((one) => one.textContent ?? ''),
  );
