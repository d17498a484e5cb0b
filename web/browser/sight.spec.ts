import type { Page } from '@playwright/test';
import { cut } from './axe';
import { detailPages, OPEN, PAGES, settled } from './pages';
import { booked, expect, recovered, test } from './world';

/** The zones that a tip names: that of the reports, and the browser's own. */
const REPORTS = 'New York';
const OWN = 'Auckland';

/** Instants without a named zone, and those whose tip lacks a zone or UTC. */
const unnamed = (page: Page, zones: string[]): Promise<string[]> =>
  page.evaluate((zones) => {
    const found: string[] = [];
    for (const one of document.querySelectorAll('time')) {
      const tip = one.getAttribute('title') ?? '';
      const missing = [...zones, one.dateTime].filter((part) => !tip.includes(part));
      if (!one.dateTime.endsWith('Z') || missing.length > 0)
        found.push(`${one.textContent ?? ''}: its tip has no ${missing.join(', ')}`);
    }
    // A time of day outside of `time` names its zone itself, or what it stands in does.
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent ?? '';
      const parent = node.parentElement;
      if (!parent || !/\b\d{1,2}:\d{2}\b/.test(text)) continue;
      if (parent.closest('time,script,style,noscript,pre,code,[data-raw]')) continue;
      const around =
        parent.closest('section,label,p,button,li,option') ?? parent.closest('main') ?? parent;
      const told = `${around.textContent ?? ''} ${around.getAttribute('title') ?? ''}`;
      // Texts to customers name theirs in letters, and what is written as UTC is.
      const names = /\d{2}:\d{2}(:[\d.]+)?Z|\d:\d{2}( [AP]M)? [A-Z]{3,4}\b/.test(text);
      if (!names && !zones.some((zone) => told.includes(zone)))
        found.push(`${text.trim()}: no zone is named`);
    }
    return found;
  }, zones);

/** The zone that a page of the team inherits from its frame. */
const chip = (page: Page) =>
  page.getByRole('button', { name: new RegExp(`^As of \\d\\d:\\d\\d · ${REPORTS} · `) });

test('every instant names its zone, and its tip the others and UTC', async ({ as, url }) => {
  test.slow();
  const page = await as('admin');
  let instants = 0;
  const faults: string[] = [];
  for (const [path, headline] of [...PAGES, ...(await detailPages(page))]) {
    await page.goto(path);
    await settled(page, headline);
    await expect(chip(page), path).toBeVisible();
    instants += await page.locator('time').count();
    for (const fault of await unnamed(page, [REPORTS, OWN])) faults.push(`${path}: ${fault}`);
  }
  expect(faults).toEqual([]);
  expect(instants).toBeGreaterThan(100);
  await page.goto(OPEN);
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Rows add up')).toBeVisible();
  await dialog.getByRole('button', { name: 'To the webhook' }).first().click();
  await expect(dialog.getByText('Bytes match')).toBeVisible();
  await expect(dialog.getByText(`${REPORTS} time`, { exact: false }).first()).toBeVisible();
  expect(await unnamed(page, [REPORTS, OWN]), OPEN).toEqual([]);
  await page.goto('/app?at=2026-11-01T03:59:00Z');
  await settled(page, 'Overview');
  expect(await unnamed(page, [REPORTS]), 'a past instant').toEqual([]);
  // A customer's times are in their own zone.
  const customer = await as(null);
  await customer.goto(await recovered(url, await booked(url)));
  await expect(customer.getByRole('heading', { level: 1 })).toContainText('Pay by');
  await customer.getByText('What happened so far').click();
  await expect(customer.locator('time').nth(1)).toBeVisible();
  expect(await unnamed(customer, [OWN]), 'a booking of a customer').toEqual([]);
});

const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

/** What text of twice the size loses on a page: it makes the page wider than the window, or is cut off by its box. */
async function lost(page: Page, path: string): Promise<string[]> {
  await page.evaluate(() => {
    document.documentElement.style.fontSize = '200%';
  });
  const faults: string[] = [];
  for (const size of SIZES) {
    await page.setViewportSize(size);
    const where = `${path} at ${String(size.width)}`;
    // A chart follows its card a moment later.
    const fitting = await page
      .waitForFunction(
        () => document.documentElement.scrollWidth <= document.documentElement.clientWidth,
        undefined,
        { timeout: 5_000 },
      )
      .catch(() => null);
    if (!fitting) faults.push(`${where} is wider than the window`);
    for (const text of await cut(page)) faults.push(`${where} cuts off ${text}`);
  }
  await page.setViewportSize(SIZES[0] ?? { width: 1440, height: 900 });
  return faults;
}

test('text of twice the size fits a desktop and a phone', async ({ as, url }) => {
  test.slow();
  const page = await as('admin');
  const faults: string[] = [];
  for (const [path, headline] of [...PAGES, ...(await detailPages(page))]) {
    await page.goto(path);
    await settled(page, headline);
    faults.push(...(await lost(page, path)));
  }
  await page.goto(OPEN);
  await expect(page.getByRole('dialog').getByText('Rows add up')).toBeVisible();
  faults.push(...(await lost(page, OPEN)));
  const customer = await as(null);
  const mailed = await recovered(url, await booked(url));
  for (const path of ['/login', '/recover', '/book', mailed]) {
    await customer.goto(path);
    await expect(customer.getByRole('heading', { level: 1 })).toBeVisible();
    faults.push(...(await lost(customer, path)));
  }
  expect(faults).toEqual([]);
});
