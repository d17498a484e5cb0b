import type { Page } from '@playwright/test';
import { accessible, fits } from './axe';
import { expect, test } from './world';

/** All of the demo's time: no figure is missing for want of a call in one month. */
const ALL = '/app/sales?month=all';

const door = (page: Page, id: string) => page.locator(`main [data-metric="${id}"]`).first();

test('a figure opens into its rows, which add up, and leads to the next one', async ({ as }) => {
  const page = await as('admin');
  await page.goto(ALL);
  await door(page, 'cash_collected').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('heading', { name: 'Cash', exact: true })).toBeVisible();
  await expect(dialog.getByText('Rows add up')).toBeVisible();
  await expect(page).toHaveURL(/panel=cash_collected/);
  await accessible(page, 'an open figure');
  await dialog.getByRole('button', { name: 'Next number' }).click();
  await expect(dialog.getByText('Rows add up')).toBeVisible();
  await page.goBack();
  await expect(dialog.getByRole('heading', { name: 'Cash', exact: true })).toBeVisible();
  await page.reload();
  await expect(dialog.getByRole('heading', { name: 'Cash', exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
});

/** The month of the demo, which its clock stands in. */
const MONTH = '2026-11';
const TOGETHER = 6;

interface Rows {
  items: { counted: boolean; amount?: number; amount_minor?: number }[];
  next_cursor?: string | null;
  rows: number;
  total: number;
  total_minor?: number | null;
}

/** What the rows of all pages behind a link add up to: money in minor units, anything else in its own number. */
async function added(page: Page, href: string): Promise<{ sum: number; minor: number | null }> {
  let sum = 0;
  let minor: number | null = null;
  let rows = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const address = `${href}&limit=1000${cursor ? `&cursor=${cursor}` : ''}`;
    const answer = await page.request.get(address);
    expect(answer.ok(), address).toBe(true);
    const found = (await answer.json()) as Rows;
    for (const item of found.items) {
      expect(item.counted, address).toBe(true);
      sum += item.amount ?? 1;
      if (item.amount_minor !== undefined) minor = (minor ?? 0) + item.amount_minor;
    }
    rows += found.items.length;
    cursor = found.next_cursor ?? null;
    if (cursor === null) expect(rows, address).toBe(found.rows);
  }
  return { sum, minor };
}

test('the rows behind every key figure of the month add up to it', async ({ as }) => {
  const page = await as('admin');
  const asked = await page.request.get(`/api/metrics?month=${MONTH}`);
  interface Part {
    href: string;
    sum_minor?: number | null;
  }
  const { metrics } = (await asked.json()) as {
    metrics: Record<
      string,
      {
        numerator: number;
        denominator?: number | null;
        drill: { numerator: Part; denominator?: Part | null };
      }
    >;
  };
  expect(Object.keys(metrics)).toHaveLength(38);
  const parts = Object.entries(metrics).flatMap(([key, { numerator, denominator, drill }]) => [
    { key, amount: numerator, part: drill.numerator },
    ...(drill.denominator && typeof denominator === 'number'
      ? [{ key, amount: denominator, part: drill.denominator }]
      : []),
  ]);
  let something = 0;
  // Several at once, as a page asks.
  for (let at = 0; at < parts.length; at += TOGETHER) {
    await Promise.all(
      parts.slice(at, at + TOGETHER).map(async ({ key, amount, part }) => {
        const { sum, minor } = await added(page, part.href);
        const isMoney = typeof part.sum_minor === 'number';
        expect(isMoney ? (minor ?? 0) : sum, `${key} of ${MONTH}`).toBe(amount);
        if (amount !== 0) something += 1;
      }),
    );
  }
  expect(something).toBeGreaterThan(40);
});

for (const key of ['triage_booked', 'solution_show_rate', 'epc2_revenue', 'leads']) {
  test(`the rows behind ${key} add up, above and below the line`, async ({ as }) => {
    const page = await as('viewer');
    await page.goto(`${ALL}&panel=${key}`);
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByText('Rows add up')).toBeVisible();
    const below = dialog.locator('[data-part=denominator]');
    if (key.includes('rate') || key.includes('epc2')) {
      await below.click();
      await expect(below).toHaveAttribute('aria-pressed', 'true');
      await expect(dialog.getByText('Rows add up')).toBeVisible();
    } else {
      await expect(below).toHaveCount(0);
    }
  });
}

test('every key figure is on the page as a button, with the value of the API', async ({ as }) => {
  const page = await as('admin');
  await page.goto(ALL);
  await page.getByText('All figures').click();
  const asked = await page.request.get('/api/metrics?month=all');
  const { metrics } = (await asked.json()) as { metrics: Record<string, { value: unknown }> };
  const keys = Object.keys(metrics);
  expect(keys.length).toBe(38);
  for (const key of keys)
    await expect(page.locator(`main button[data-metric="${key}"]`).last(), key).toBeVisible();
});

test('a click with Ctrl opens a figure in a tab of its own', async ({ as }) => {
  const page = await as('viewer');
  await page.goto(ALL);
  const opening = page.context().waitForEvent('page');
  await door(page, 'close_rate').click({ modifiers: ['ControlOrMeta'] });
  const tab = await opening;
  await expect(tab.getByRole('dialog').getByText('Rows add up')).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('a sales user sees only their own figures, whatever the address says', async ({ as }) => {
  const page = await as('sales');
  await page.goto('/app/sales?month=all&user=somebody');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sales');
  await expect(page.getByLabel('Person')).toHaveCount(0);
  await expect(page.getByRole('main').getByRole('alert')).toBeVisible();
  await page.goto(ALL);
  await expect(page.getByRole('main').getByRole('alert')).toHaveCount(0);
});

test('attribution models stand side by side and credit the same total', async ({ as }) => {
  const page = await as('viewer');
  const found = await page.request.get('/api/metrics/series?keys=deals_won');
  const { items } = (await found.json()) as {
    items: { month: string; metrics: Record<string, { value: number }> }[];
  };
  const won = items.findLast((one) => (one.metrics['deals_won']?.value ?? 0) > 0);
  expect(won, 'the demo has a month with a deal').toBeDefined();
  await page.goto(`/app/marketing/attribution?month=${won?.month ?? ''}`);
  await expect(page.getByText(/^Every model credits the same/)).toBeVisible();
  const models = page.getByRole('region', { name: 'all models' });
  await expect(models.getByRole('row')).not.toHaveCount(0);
  await models
    .getByRole('button', { name: /, First: / })
    .first()
    .click();
  await expect(page.getByRole('dialog').getByText('Rows add up')).toBeVisible();
});

test('the numbers are judged at a past instant, which goes along, until somebody goes back', async ({
  as,
}) => {
  const page = await as('admin');
  await page.goto('/app');
  await page.getByRole('button', { name: /^As of/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End of October 2026' }).click();
  await expect(page.getByText(/^Judged at 31 Oct 2026, 23:59/)).toBeVisible();
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: 'Sales' })
    .click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sales');
  await expect(page).toHaveURL(/at=2026-11-01T03/);
  await accessible(page, 'a past instant');
  await page.getByRole('button', { name: 'Back to now' }).click();
  await expect(page.getByRole('button', { name: /^As of/ })).toBeVisible();
  expect(page.url()).not.toContain('at=');
});

test.describe('phone', () => {
  test.use({ viewport: { width: 390, height: 844 } });
  test('an open figure fits a phone', async ({ as }) => {
    const page = await as('viewer');
    await page.goto(`${ALL}&panel=close_rate`);
    await expect(page.getByRole('dialog').getByText('Rows add up')).toBeVisible();
    await fits(page, 'an open figure');
  });
});
