import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { detailPages } from './pages';
import { booked, expect, recovered, test } from './world';

/** Pictures are kept where `make screens` says. */
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const VIEWS: [name: string, path: string][] = [
  ['overview', '/app'],
  ['number', '/app?panel=cash_collected'],
  ['sales', '/app/sales'],
  ['setters', '/app/setters'],
  ['marketing', '/app/marketing'],
  ['timing', '/app/marketing/timing'],
  ['cost', '/app/marketing/cost'],
  ['attribution', '/app/marketing/attribution?month=2026-11'],
  ['customers', '/app/customers'],
  ['review', '/app/contacts/review'],
  ['conversations', '/app/conversations?show=not_sent'],
  ['text-figures', '/app/conversations/figures'],
  ['what-if', '/app/conversations/what-if?wait=90'],
  ['bookings', '/app/bookings'],
  ['ledger', '/app/money'],
  ['inbox', '/app/inbox'],
  ['ops', '/app/ops'],
  ['users', '/app/users'],
  ['account', '/app/account'],
];

const settled = async (page: Page) => {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('.skeleton')).toHaveCount(0, { timeout: 90_000 });
  await page.evaluate(async () => {
    await document.fonts.ready;
  });
};

const keep = async (page: Page, name: string) => {
  const folder = process.env['SCREENS'];
  await page.screenshot(folder ? { path: join(folder, `${name}.png`) } : {});
};

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const theme of ['light', 'dark'] as const) {
    test.describe(`${size} ${theme}`, () => {
      test.use({ viewport, colorScheme: theme });

      test(`pictures of the team's pages, ${size} ${theme}`, async ({ as }) => {
        const page = await as('admin');
        for (const [name, path] of VIEWS) {
          await page.goto(path);
          // An open figure hides the page behind it from readers, its headline too.
          if (name === 'number')
            await expect(page.getByRole('dialog').getByText('Rows add up')).toBeVisible();
          else await settled(page);
          await keep(page, `${name}-${size}-${theme}`);
        }
        await page.goto('/app/bookings?view=REFUNDED');
        await settled(page);
        await page
          .getByRole('main')
          .getByRole('button', { name: /[A-Z]/ })
          .and(page.locator('td button, li button'))
          .first()
          .click();
        await expect(page.getByRole('heading', { name: 'The way it went' })).toBeVisible();
        await keep(page, `booking-${size}-${theme}`);
        const [[contact] = ['']] = await detailPages(page);
        await page.goto(contact);
        await expect(page.getByRole('heading', { name: 'Journey' })).toBeVisible();
        await settled(page);
        await keep(page, `contact-${size}-${theme}`);
        await page.goto('/app/marketing');
        await settled(page);
        await page.locator('main a[href*="/app/lineage/"]').first().click();
        await settled(page);
        await expect(page.getByText('Bytes match')).toBeVisible();
        await keep(page, `lineage-${size}-${theme}`);
      });

      test(`pictures of customers' pages, ${size} ${theme}`, async ({ as, url }) => {
        const page = await as(null);
        await page.goto('/login');
        await settled(page);
        await expect(page.getByRole('button', { name: 'admin' })).toBeVisible();
        await keep(page, `login-${size}-${theme}`);
        await page.goto('/recover');
        await settled(page);
        await keep(page, `recover-${size}-${theme}`);
        await page.goto(await recovered(url, await booked(url)));
        await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
        await keep(page, `pay-${size}-${theme}`);
        await page.getByRole('button', { name: 'Pay $150' }).click();
        await page.getByRole('button', { name: 'Pay', exact: true }).click();
        await expect(page.getByRole('heading', { level: 1 })).toHaveText('You’re booked.', {
          timeout: 30_000,
        });
        await keep(page, `booked-${size}-${theme}`);
        await page.getByRole('button', { name: 'Cancel', exact: true }).click();
        await expect(page.getByRole('dialog')).toBeVisible();
        await keep(page, `cancel-${size}-${theme}`);
      });
    });
  }
}
