import type { Page } from '@playwright/test';
import { detailPages, PAGES, settled } from './pages';
import { expect, recovered, booked, test } from './world';

/** What no address may have: an e-mail address, a telephone number, a token, a searched name. */
const SECRET = /@|%40|\+\d{6,}|%2B\d{6,}|token=[^#]*$|[?&]q=/i;

test('a walk over every page asks nobody else, and no address has a person in it', async ({
  as,
  url,
}) => {
  const page = await as('admin');
  const seen: string[] = [];
  const asked: string[] = [];
  page.on('framenavigated', (frame) => seen.push(frame.url()));
  page.on('request', (request) => asked.push(request.url()));
  for (const [path, headline] of [...PAGES, ...(await detailPages(page))]) {
    await page.goto(path);
    await settled(page, headline);
    seen.push(page.url());
  }
  await page.goto('/app/sales?month=all');
  await settled(page, 'Sales');
  const person = page.getByLabel('Person', { exact: true });
  await person.focus();
  const people = person.locator('option');
  await expect(people).not.toHaveCount(1);
  await person.selectOption({ index: 1 });
  await settled(page, 'Sales');
  seen.push(page.url());
  for (const address of seen) expect(address).not.toMatch(SECRET);
  for (const address of asked.filter((one) => !one.startsWith('blob:')))
    expect(address.startsWith(url), `${address} is ours`).toBe(true);
});

test('a customer’s walk has no token in an address that is kept or sent', async ({ as, url }) => {
  const mailed = await recovered(url, await booked(url));
  const page = await as(null);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(mailed);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
  expect(page.url()).not.toContain('#');
  await page.goto('/book');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const token = mailed.split('token=')[1] ?? 'none';
  for (const address of asked) {
    expect(address.split('#')[0]).not.toContain(token);
    expect(address.startsWith(url), `${address} is ours`).toBe(true);
  }
});

test('pages have no script and no style of their own, and their policy allows none', async ({
  as,
}) => {
  const page = await as(null);
  for (const path of ['/app', '/login', '/book', '/recover']) {
    const answer = await page.request.get(path);
    const html = await answer.text();
    const policy = answer.headers()['content-security-policy'] ?? '';
    expect(policy, path).toContain("default-src 'none'");
    expect(policy, path).toContain("script-src 'self'");
    expect(policy, path).not.toContain('unsafe');
    expect(html, path).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/);
  }
});

test('month, order and columns stand in the address; Back undoes the month', async ({ as }) => {
  const page = await as('admin');
  await page.goto('/app/sales');
  await settled(page, 'Sales');
  const shown = page.url();
  await page.getByRole('button', { name: 'Month before' }).click();
  await expect(page).toHaveURL(/month=2026-10/);
  await page.goBack();
  await expect(page).toHaveURL(shown);
  await page.goto('/app/sales?month=all&columns=leads,spend&sort=-leads');
  const table = page.getByRole('region', { name: 'per person' });
  const heads = () => table.getByRole('columnheader').allTextContents();
  await expect(table.getByRole('columnheader', { name: 'Leads' })).toHaveAttribute(
    'aria-sort',
    'descending',
  );
  expect(await heads()).toEqual(['Person', 'Leads', 'Spend']);
  await table.getByRole('button', { name: 'Spend', exact: true }).click();
  await expect(page).toHaveURL(/sort=spend/);
  await page.reload();
  await expect(table.getByRole('columnheader', { name: 'Spend' })).toHaveAttribute(
    'aria-sort',
    'ascending',
  );
  expect(await heads()).toEqual(['Person', 'Leads', 'Spend']);
});

/** What has the focus, and whether somebody can see that. */
const focus = (page: Page) =>
  page.evaluate(() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const look = getComputedStyle(one);
    const ring = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0;
    const box = one.getBoundingClientRect();
    return {
      place: [...document.querySelectorAll('*')].indexOf(one),
      what: `${one.tagName} ${one.getAttribute('aria-label') ?? one.textContent?.slice(0, 40) ?? ''}`,
      seen: ring && box.width > 0 && box.height > 0,
    };
  });

const STEPS = 40;

for (const path of ['/app', '/app/customers', '/app/conversations', '/app/bookings']) {
  test(`${path} is walked by the keyboard, with the focus in sight`, async ({ as }) => {
    const page = await as('admin');
    await page.goto(path);
    await settled(page);
    const reached = new Map<number, string>();
    for (let step = 0; step < STEPS; step += 1) {
      await page.keyboard.press('Tab');
      const at = await focus(page);
      if (!at) continue;
      reached.set(at.place, at.what);
      expect(at.seen, at.what).toBe(true);
    }
    expect(reached.size, [...reached.values()].join(', ')).toBeGreaterThan(20);
  });
}

test('a closed panel gives the focus back to its number', async ({ as }) => {
  const page = await as('viewer');
  await page.goto('/app/sales?month=all');
  await settled(page, 'Sales');
  const number = page.locator('main [data-metric="close_rate"]').first();
  await number.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(number).toBeFocused();
});
