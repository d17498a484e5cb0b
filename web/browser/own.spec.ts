import type { Page } from '@playwright/test';
import { demoCopy, type Business } from './business';
import { settled, shownRows } from './pages';
import { NOW } from './serve';
import { calendly, drain, etl, send } from './vendors';
import { expect, test } from './world';

/** What changes so much that it has a demo of its own. The tests go one after the other and leave it as they end. */
test.describe.configure({ mode: 'serial' });
let business: Business;
let now = NOW;
test.beforeAll(async () => {
  business = await demoCopy();
});
test.afterAll(() => business.close());

const MINUTE_MS = 60_000;

/** Moves the program's clock on. */
async function later(minutes: number): Promise<void> {
  now = new Date(Date.parse(now) + minutes * MINUTE_MS).toISOString();
  const body = JSON.stringify({ set: now });
  const answer = await fetch(`${business.url}/local/clock`, { method: 'POST', body });
  expect(answer.status, await answer.text()).toBe(200);
}

/** A first call that somebody booked, which the tables know after the next run. */
async function triage(id: string, created: string, source = 'newsletter'): Promise<string> {
  const start = new Date(Date.parse(created) + 120 * MINUTE_MS).toISOString();
  const call = {
    id,
    email: `${id}@example.test`,
    name: 'Late Arrival',
    event: 'Triage Call',
    created,
    start,
    source,
    host: ['ann@demo.test', 'Ann Setter'] as [string, string],
  };
  const delivery = await send(business.url, 'calendly', calendly(call), now);
  await drain(business.url);
  return delivery;
}

const asked = async (page: Page, path: string): Promise<unknown> =>
  (await page.request.get(path)).json();

interface Metrics {
  metrics: Record<string, { value: number }>;
}
const booked = async (page: Page, query: string): Promise<number> =>
  ((await asked(page, `/api/metrics?${query}`)) as Metrics).metrics['triage_booked']?.value ?? NaN;

test('a webhook changes the overview without a reload; an open figure waits behind a button', async ({
  as,
}) => {
  const page = await as('admin', { of: business });
  await page.goto('/app');
  await settled(page, 'Overview');
  const figure = page.locator('main [data-metric="triage_booked"]').first();
  const before = await booked(page, 'month=2026-11');
  await expect(figure).toContainText(String(before));
  await page.evaluate(() => {
    (window as unknown as { stays: boolean }).stays = true;
  });
  await later(1);
  await triage('own-1', now);
  await etl(business.url);
  await expect(figure).toContainText(String(before + 1));
  await figure.click();
  const panel = page.getByRole('dialog');
  await expect(panel.getByText('Rows add up')).toBeVisible();
  await later(1);
  await triage('own-2', now);
  await etl(business.url);
  const newer = page.getByRole('button', { name: 'Newer numbers' });
  await expect(newer).toBeVisible();
  await expect(panel.getByText(String(before + 1), { exact: true }).first()).toBeVisible();
  await newer.click();
  await expect(panel.getByText(String(before + 2), { exact: true }).first()).toBeVisible();
  expect(
    await page.evaluate(() => (window as unknown as { stays?: boolean }).stays),
    'the page was not loaded again',
  ).toBe(true);
});

test('a late webhook is in what is judged then, not in what was known then', async ({ as }) => {
  const page = await as('admin', { of: business });
  const before = await booked(page, 'month=2026-10');
  const { as_of } = (await asked(page, '/api/meta')) as { as_of: string };
  await later(5);
  await triage('own-late', '2026-10-20T15:00:00Z');
  await etl(business.url);
  const figure = page.locator('main [data-metric="triage_booked"]').first();
  await page.goto('/app/setters?month=2026-10');
  await settled(page, 'Setters');
  await expect(figure).toContainText(String(before + 1));

  await page.getByRole('button', { name: /^As of/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End of October 2026' }).click();
  await expect(page.getByText(/^Judged at 31 Oct 2026, 23:59/)).toBeVisible();
  await settled(page, 'Setters');
  await expect(figure).toContainText(String(before + 1));
  await page.getByRole('button', { name: 'Back to now' }).click();

  await page.goto(`/app/setters?month=2026-10&known=${as_of}`);
  await expect(page.getByText(/As known on 30 Nov 2026/)).toBeVisible();
  await settled(page, 'Setters');
  await expect(figure).toContainText(String(before));
  await expect(page.locator('main')).toHaveClass(/border-warn/);
  await page.getByRole('button', { name: 'Compare with now' }).click();
  const changes = page.getByRole('dialog');
  // One booking moves averages of many days, so the key figure may be on a later page.
  const more = changes.getByRole('button', { name: 'Load more' });
  await expect(async () => {
    if (await more.isVisible()) await more.click();
    const shown = changes.getByText('Call 1 booked').filter({ visible: true });
    await expect(shown.first()).toBeVisible({ timeout: 5_000 });
  }).toPass({ timeout: 90_000 });
  await expect(
    changes.getByRole('link', { name: /Calendly invitee\.created/ }).first(),
  ).toBeVisible();
  await page.keyboard.press('Escape');

  const deals = (await asked(page, '/api/rows/deals?month=all&counted=true&limit=1')) as {
    items: { contact_id: string }[];
  };
  await page.goto(`/app/contacts/${deals.items[0]?.contact_id ?? ''}?known=${as_of}`);
  await settled(page);
  await expect(page.getByRole('button', { name: 'Merge…' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Erase…' })).toHaveCount(0);
});

test('where a visitor came from arrives in the tables', async ({ as }) => {
  const page = await as(null, { of: business });
  await page.goto('/book?utm_source=a-friend&utm_campaign=spring');
  const calendar = page.frameLocator('iframe');
  await calendar.getByLabel('Name').fill('Maya Lindqvist');
  await calendar.getByLabel('E-mail').fill('maya.own@example.test');
  await calendar.getByRole('button').first().click();
  await expect(page).toHaveURL(/\/bookings\//);
  await drain(business.url);
  await later(1);
  await etl(business.url);
  const admin = await as('admin', { of: business });
  const key = ['booking_date=2026-11-30', 'utm_source=a-friend', 'marketing_channel=unknown'];
  const query = key.map((one) => `key=${encodeURIComponent(one)}`).join('&');
  await admin.goto(`/app/lineage/daily_bookings_by_source?${query}`);
  await settled(admin, 'Where this comes from');
  await expect(admin.getByText('Maya Lindqvist').first()).toBeVisible();
  await expect(admin.getByText('Bytes match')).toBeVisible();
});

/** Everything that the numbers say, as the API answers it. */
async function numbers(page: Page): Promise<unknown> {
  const paths = [
    '/api/metrics?month=all',
    '/api/metrics/series?keys=leads,triage_booked,deals_won,revenue,cash_collected',
    '/api/attribution',
    '/api/customers?limit=1000',
    '/api/marketing/channel_attribution?limit=1000',
    '/api/marketing/daily_bookings_by_source?limit=1000',
  ];
  const found: unknown[] = [];
  for (const path of paths) {
    const answer = Object.entries((await asked(page, path)) as Record<string, unknown>);
    found.push(answer.filter(([name]) => name !== 'as_of' && name !== 'lag_seconds'));
  }
  return found;
}

test('a merge moves what its preview says; taken back, every number is as before', async ({
  as,
}) => {
  const page = await as('admin', { of: business });
  const before = await numbers(page);
  await page.goto('/app/contacts/review');
  await settled(page, 'Review');
  await page.getByLabel('Reason').first().fill('The same person');
  await page.getByRole('button', { name: 'Merge…' }).first().click();
  const dialog = page.getByRole('dialog');
  const moves = dialog.getByRole('region', { name: 'what moves' }).getByRole('row');
  await expect(moves.nth(1)).toBeVisible();
  // The team's names come with an answer of their own.
  await page.waitForLoadState('networkidle');
  const foreseen = await moves.allInnerTexts();
  await dialog.getByRole('button', { name: 'Merge these two' }).click();
  await expect(dialog.getByText('Merged', { exact: true })).toBeVisible();
  expect(await moves.allInnerTexts()).toEqual(foreseen);
  expect(await numbers(page)).not.toEqual(before);
  await dialog.getByRole('button', { name: 'Undo' }).click();
  await expect(dialog.getByText('All numbers as before')).toBeVisible();
  expect(await numbers(page)).toEqual(before);
  await page.keyboard.press('Escape');
  const log = shownRows(page, 'decisions');
  await expect(log).toHaveCount(2);
  await expect(log.last()).toContainText('The same person');
  await expect(log.last()).toContainText('Taken back');
});

test('a failed delivery is processed again and fails again; a good one moves nothing', async ({
  as,
}) => {
  const page = await as('admin', { of: business });
  const body = { event: 'invitee.created', created_at: now, payload: { email: 'x@example.test' } };
  const failed = await send(business.url, 'calendly', body, now);
  await page.goto(`/app/inbox?status=failed&open=${failed}`);
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Replay' }).click();
  await expect(dialog.getByRole('status')).toContainText('Processed again: Failed');
  await expect(dialog.getByRole('status')).toContainText('No text, e-mail or payment was sent.');

  const good = await triage('own-3', now);
  await later(1);
  await etl(business.url);
  await page.goto(`/app/inbox?open=${good}`);
  await dialog.getByRole('button', { name: 'Replay' }).click();
  await expect(dialog.getByText('The tables take it in with their next run.')).toBeVisible();
  await drain(business.url);
  await later(1);
  await etl(business.url);
  await expect(dialog.getByText('0 rows changed')).toBeVisible({ timeout: 90_000 });
});
