import type { Page } from '@playwright/test';
import { PAGES, settled } from './pages';
import { expect, test } from './world';

/** The lines of the file that a table gives. */
async function file(page: Page, table: string): Promise<string[]> {
  const waiting = page.waitForEvent('download');
  await page
    .locator('main section', { has: page.getByRole('region', { name: table, exact: true }) })
    .last()
    .getByText('CSV')
    .click();
  const stream = await (await waiting).createReadStream();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8').trim().split('\r\n');
}

test('every table gives a file', async ({ as }) => {
  const page = await as('admin');
  let tables = 0;
  for (const [path] of PAGES) {
    await page.goto(path);
    await settled(page);
    const shown = await page.locator('main [role=region]', { has: page.locator('table') }).count();
    const files = await page.locator('main').getByText('CSV', { exact: true }).count();
    expect(files, path).toBeGreaterThanOrEqual(shown);
    tables += shown;
  }
  expect(tables).toBeGreaterThan(10);
});

const LISTS: [path: string, table: string, api: string][] = [
  ['/app/customers', 'customers', '/api/customers?limit=1000'],
  ['/app/customers?next=without', 'customers', '/api/customers?limit=1000&next_call=none'],
  ['/app/bookings', 'bookings', '/api/bookings?limit=1000'],
  ['/app/bookings?view=REFUNDED', 'bookings', '/api/bookings?limit=1000&state=REFUNDED'],
  ['/app/inbox', 'inbox', '/api/inbox?limit=1000'],
  ['/app/money', 'ledger', '/api/ledger?limit=1000'],
  ['/app/audit', 'audit', '/api/audit?limit=1000'],
];

/** How many items a list has, over all its pages. */
async function count(page: Page, api: string): Promise<number> {
  let [items, cursor] = [0, ''];
  do {
    const answer = await page.request.get(cursor ? `${api}&cursor=${cursor}` : api);
    const list = (await answer.json()) as { items: unknown[]; next_cursor: string | null };
    items += list.items.length;
    cursor = encodeURIComponent(list.next_cursor ?? '');
  } while (cursor);
  return items;
}

for (const [path, table, api] of LISTS) {
  test(`the file of ${path} has every row under its filters, and names the zone`, async ({
    as,
  }) => {
    const page = await as('admin');
    await page.goto(path);
    await settled(page);
    const before = await count(page, api);
    const lines = await file(page, table);
    expect(lines[0]).toContain('America/New_York');
    // Other tests add to the lists meanwhile.
    expect(lines.length - 1).toBeGreaterThanOrEqual(before);
    expect(lines.length - 1).toBeLessThanOrEqual(await count(page, api));
    expect(lines.filter((line) => /(^|,)"?[=+@]/.test(line))).toEqual([]);
  });
}

test('the file of a past view says at which instant it was judged', async ({ as }) => {
  const page = await as('admin');
  await page.goto('/app/customers?at=2026-11-01T03:59:00.000Z');
  await settled(page);
  const [head] = await file(page, 'customers');
  expect(head).toContain('judged at 2026-11-01T03:59:00.000Z');
});
