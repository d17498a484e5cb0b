import type { Page } from '@playwright/test';
import { accessible } from './axe';
import { settled, shownRows } from './pages';
import { expect, test } from './world';

/** Every item of a list, over all its pages. */
async function all<T>(page: Page, api: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const answer = await page.request.get(`${api}?limit=1000${next}`);
    const list = (await answer.json()) as { items: T[]; next_cursor?: string | null };
    items.push(...list.items);
    cursor = list.next_cursor ?? null;
  } while (cursor);
  return items;
}

test('ops says what to do about each alarm, and leads there', async ({ as }) => {
  const page = await as('admin');
  await page.goto('/app/ops');
  await settled(page, 'Ops');
  const { alarms } = (await (await page.request.get('/api/ops')).json()) as {
    alarms: { code: string; subject: string }[];
  };
  expect(alarms.length).toBeGreaterThan(0);
  await expect(page.getByText('What to do:')).toHaveCount(alarms.length);
  const stuck = alarms.find(({ code }) => code === 'booking_stuck');
  await page.getByRole('link', { name: 'Open the booking' }).first().click();
  await expect(page).toHaveURL(new RegExp(`/app/bookings/${stuck?.subject ?? 'none'}`));
});

test('a sync unfolds to its counters and to the deliveries that were missed', async ({ as }) => {
  const page = await as('admin');
  await page.goto('/app/ops');
  await settled(page, 'Ops');
  const { syncs } = (await (await page.request.get('/api/ops')).json()) as {
    syncs: { vendor: string; missed_deliveries: { uri: string }[] }[];
  };
  const [newest] = syncs;
  expect(newest?.missed_deliveries.length).toBeGreaterThan(0);
  const table = `missed deliveries of ${newest?.vendor ?? ''}`;
  await expect(page.getByRole('region', { name: table })).toBeHidden();
  await page.locator('main details summary', { hasText: 'Missed:' }).first().click();
  await expect(shownRows(page, table)).toHaveCount(newest?.missed_deliveries.length ?? 0);
  await expect(shownRows(page, table).first()).toContainText(
    newest?.missed_deliveries[0]?.uri ?? 'none',
  );
  await accessible(page, 'an unfolded sync');
});

test('the inbox and the audit are narrowed by the API, and the address keeps it', async ({
  as,
}) => {
  const page = await as('admin');
  await page.goto('/app/inbox');
  await settled(page, 'Inbox');
  await page.getByLabel('From', { exact: true }).selectOption('stripe');
  await settled(page, 'Inbox');
  const inbox = await all<{ vendor: string; delivery_id: string; raw_sha256: string }>(
    page,
    '/api/inbox',
  );
  const stripe = inbox.filter(({ vendor }) => vendor === 'stripe');
  expect(stripe.length).toBeGreaterThan(0);
  await page.reload();
  await expect(shownRows(page, 'inbox')).toHaveCount(Math.min(200, stripe.length));

  const oldest = inbox.at(-1);
  await page.getByLabel('Id or SHA-256').fill(oldest?.raw_sha256 ?? '');
  await page.getByRole('button', { name: 'Find the delivery' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(oldest?.delivery_id ?? 'none');
  await expect(dialog.getByText('Bytes match')).toBeVisible();
  await accessible(page, 'a delivery');

  const lines = await all<{ action: string }>(page, '/api/audit');
  const [{ action = '' } = {}] = lines;
  await page.goto(`/app/audit?action=${action}`);
  await settled(page, 'Audit');
  const fitting = (await all<{ action: string }>(page, '/api/audit')).filter(
    (line) => line.action === action,
  );
  await expect(shownRows(page, 'audit')).toHaveCount(Math.min(200, fitting.length));
});

test('a line of a booking’s history leads to its webhook, and its texts are found', async ({
  as,
}) => {
  const page = await as('admin');
  const [booking] = await all<{ booking_id: string }>(page, '/api/bookings');
  await page.goto(`/app/bookings/${booking?.booking_id ?? ''}`);
  await settled(page);
  await expect(page.getByText(/^Confirmation (sent|not sent)/).first()).toBeVisible();
  await page.getByRole('link', { name: /^raw / }).first().click();
  await expect(page).toHaveURL(/\/app\/inbox\?open=/);
  await expect(page.getByRole('dialog').getByText('Bytes match')).toBeVisible();
});

test('the ledger shows days of the reporting zone, and only these', async ({ as }) => {
  const page = await as('admin');
  const entries = await all<{ occurred_at: string }>(page, '/api/ledger');
  const zone = 'America/New_York';
  const day = (at: string) =>
    new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date(at));
  const wanted = day(entries[0]?.occurred_at ?? '');
  const fitting = entries.filter(({ occurred_at: at }) => day(at) === wanted);
  await page.goto(`/app/money?from=${wanted}&to=${wanted}`);
  await settled(page, 'Ledger');
  await expect(shownRows(page, 'ledger')).toHaveCount(fitting.length);
  expect(fitting.length).toBeLessThan(entries.length);
});
