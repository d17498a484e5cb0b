import { expect, type Page } from '@playwright/test';
import type { Role } from './world';

/** Every page of the team, its headline and who may open it. */
export const PAGES: [path: string, headline: string, roles: Role[]][] = [
  ['/app', 'Overview', ['admin', 'sales', 'viewer']],
  ['/app/marketing', 'Marketing', ['admin', 'sales', 'viewer']],
  ['/app/marketing/timing', 'Marketing', ['admin', 'sales', 'viewer']],
  ['/app/marketing/cost', 'Marketing', ['admin', 'sales', 'viewer']],
  ['/app/marketing/attribution', 'Marketing', ['admin', 'sales', 'viewer']],
  ['/app/sales', 'Sales', ['admin', 'sales', 'viewer']],
  ['/app/setters', 'Setters', ['admin', 'sales', 'viewer']],
  ['/app/customers', 'Customers', ['admin', 'sales', 'viewer']],
  ['/app/contacts/review', 'Review', ['admin']],
  ['/app/conversations', 'Conversations', ['admin', 'viewer']],
  ['/app/conversations/figures', 'Conversations', ['admin', 'viewer']],
  ['/app/conversations/what-if', 'Conversations', ['admin', 'viewer']],
  ['/app/bookings', 'Bookings', ['admin']],
  ['/app/money', 'Ledger', ['admin']],
  ['/app/inbox', 'Inbox', ['admin']],
  ['/app/ops', 'Ops', ['admin']],
  ['/app/ops/flow', 'Ops', ['admin']],
  ['/app/ops/cost', 'Ops', ['admin']],
  ['/app/ops/tables', 'Ops', ['admin']],
  ['/app/users', 'Users', ['admin']],
  ['/app/audit', 'Audit', ['admin']],
  ['/app/account', 'Account', ['admin', 'sales', 'viewer']],
];

/** Pages of one thing, which need its name: a person who bought, a booking, a row behind a number. Asked for by an admin. */
export async function detailPages(
  page: Page,
): Promise<[path: string, headline: string | null, roles: Role[]][]> {
  const found = async <T>(path: string): Promise<T> =>
    ((await (await page.request.get(path)).json()) as { items: T[] }).items[0] as T;
  const deal = await found<{ contact_id: string }>(
    '/api/rows/deals?month=all&counted=true&limit=1',
  );
  const booking = await found<{ booking_id: string }>('/api/bookings?limit=1');
  const row = await found<{ booking_date: string; utm_source: string; marketing_channel: string }>(
    '/api/marketing/daily_bookings_by_source?limit=1',
  );
  const keys = (['booking_date', 'utm_source', 'marketing_channel'] as const)
    .map((name) => `key=${encodeURIComponent(`${name}=${row[name]}`)}`)
    .join('&');
  return [
    [`/app/contacts/${deal.contact_id}`, null, ['admin', 'sales', 'viewer']],
    [`/app/bookings/${booking.booking_id}`, null, ['admin']],
    [
      `/app/lineage/daily_bookings_by_source?${keys}`,
      'Where this comes from',
      ['admin', 'sales', 'viewer'],
    ],
  ];
}

/** A page with an open figure: its rows lie over the page. */
export const OPEN = '/app/sales?month=all&panel=close_rate';

/** The page has shown its headline and everything that it loads. */
export async function settled(page: Page, headline?: string | null): Promise<void> {
  // A panel that is open hides the page behind it from assistive technology, not from the eye.
  const heading = page.getByRole('heading', { level: 1, includeHidden: true });
  await expect(heading).toBeVisible();
  if (headline) await expect(heading).toHaveText(headline);
  await expect(page.locator('main .skeleton')).toHaveCount(0, { timeout: 90_000 });
}

/** The rows of a table that are drawn. */
export const shownRows = (page: Page, table: string) =>
  page.getByRole('region', { name: table, exact: true }).locator('tbody tr');
