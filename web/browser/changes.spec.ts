import type { Page } from '@playwright/test';
import { NOW } from './serve';
import { settled } from './pages';
import { booked, expect, test } from './world';

/**
 * What changes numbers and people. It runs after everything else (playwright.config.ts), one test after another, so
 * that no other test sees its numbers move.
 */
test.describe.configure({ mode: 'serial' });

let minutes = 0;

/** A run of the lake, a minute after the one before. */
async function run(url: string): Promise<void> {
  minutes += 1;
  const as_of = new Date(Date.parse(NOW) + minutes * 60_000).toISOString();
  const answer = await fetch(`${url}/local/etl`, {
    method: 'POST',
    body: JSON.stringify({ as_of }),
  });
  expect(answer.status).toBe(200);
}

const read = async (page: Page, path: string): Promise<unknown> =>
  (await page.request.get(path)).json();

/** Every figure and every customer, without the instant that they are of. */
async function numbers(page: Page): Promise<{ metrics: unknown; customers: unknown[] }> {
  const { metrics } = (await read(page, '/api/metrics?month=all')) as {
    metrics: Record<string, { value: unknown }>;
  };
  const values = Object.entries(metrics).map(([key, { value }]) => [key, value]);
  const { items } = (await read(page, '/api/customers?limit=1000')) as { items: unknown[] };
  return { metrics: values, customers: items };
}

test('a new webhook changes the overview without a reload; an open figure waits', async ({
  as,
  url,
}) => {
  const [watched, reading] = [await as('viewer'), await as('viewer')];
  await watched.goto('/app');
  await settled(watched);
  await reading.goto('/app?panel=leads');
  await expect(reading.getByRole('dialog').getByText('Rows add up')).toBeVisible();
  const leads = watched.locator('main [data-metric="leads"]');
  const before = await leads.innerText();
  const shown = await reading.getByRole('dialog').innerText();
  await booked(url);
  await run(url);
  await expect(leads).not.toHaveText(before);
  const newer = reading.getByRole('button', { name: 'Newer numbers' });
  await expect(newer).toBeVisible();
  expect(await reading.getByRole('dialog').innerText()).toBe(shown);
  await newer.click();
  await expect
    .poll(async () => reading.locator('main [data-metric="leads"]').innerText())
    .not.toBe(before);
});

test('a merge moves what it says; taken back, every number is as before', async ({ as }) => {
  const page = await as('admin');
  const before = await numbers(page);
  await page.goto('/app/contacts/review');
  await settled(page);
  await page.getByLabel('Reason').fill('one person');
  await page.getByRole('button', { name: 'Merge…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('exactly this moves')).toBeVisible();
  const foretold = await dialog.getByRole('row').allTextContents();
  expect(foretold.length).toBeGreaterThan(1);
  await dialog.getByRole('button', { name: 'Merge these two' }).click();
  await expect(dialog.getByText('Merged', { exact: true })).toBeVisible();
  expect(await dialog.getByRole('row').allTextContents()).toEqual(foretold);
  const merged = await numbers(page);
  expect(merged.customers).toHaveLength(before.customers.length - 1);
  await dialog.getByRole('button', { name: 'Undo' }).click();
  await expect(dialog.getByText('All numbers as before')).toBeVisible();
  expect(await numbers(page)).toEqual(before);
});

test('where a customer came from arrives in silver', async ({ as, url }) => {
  const customer = await as(null);
  await customer.goto('/book?utm_source=partner_letter&utm_campaign=winter');
  const calendar = customer.frameLocator('iframe');
  await calendar.getByLabel('Name').fill('Noor Haddad');
  await calendar.getByLabel('E-mail').fill('noor@example.test');
  await calendar.getByRole('button').first().click();
  await expect(customer).toHaveURL(/\/bookings\//);
  await fetch(`${url}/local/drain`, { method: 'POST' });
  await run(url);
  const page = await as('admin');
  const found = (await read(
    page,
    '/api/lineage/silver.invitees?key=invitee_email%3Dnoor@example.test',
  )) as { silver: Record<string, unknown>[] };
  expect(found.silver[0]).toMatchObject({ utm_source: 'partner_letter', utm_campaign: 'winter' });
});

test('an erased person is gone from every page, and no figure moves', async ({ as, url }) => {
  const page = await as('admin');
  const email = await booked(url);
  await run(url);
  const { items } = (await read(page, `/api/contacts?email=${email}`)) as {
    items: { contact_id: string }[];
  };
  const id = items[0]?.contact_id ?? '';
  const before = await numbers(page);
  await page.goto(`/app/contacts/${id}`);
  await settled(page, 'Contact');
  await page.getByRole('button', { name: 'Erase…' }).click();
  const dialog = page.getByRole('dialog');
  const sure = dialog.getByRole('button', { name: 'Erase for good' });
  await expect(dialog.getByText('objects,')).toBeVisible();
  await expect(sure).toBeDisabled();
  await dialog.getByLabel('Type ERASE to go on').fill('ERASE');
  await sure.click();
  await expect(dialog.getByText('Nothing left')).toBeVisible();
  await dialog.getByRole('button', { name: 'To the customers' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Customers');
  const after = (await read(page, `/api/contacts?email=${email}`)) as { items: unknown[] };
  expect(after.items).toEqual([]);
  expect((await numbers(page)).metrics).toEqual(before.metrics);
  await page.goto(`/app/contacts/${id}`);
  await expect(page.getByRole('main').getByRole('alert')).toBeVisible();
});
