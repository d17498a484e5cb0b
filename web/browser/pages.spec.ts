import type { Page } from '@playwright/test';
import { accessible, cut, fits } from './axe';
import { detailPages, PAGES, settled } from './pages';
import { booked, expect, recovered, test, type Role } from './world';

const ROLES: Role[] = ['admin', 'sales', 'viewer'];

/** The pages of the team, those of one thing too: of a contact, a booking and a row. */
const allPages = async (admin: Page) => [...PAGES, ...(await detailPages(admin))];

for (const role of ROLES) {
  test(`every page opens or refuses as ${role}`, async ({ as }) => {
    const page = await as(role);
    for (const [path, headline, roles] of await allPages(await as('admin'))) {
      await page.goto(path);
      await settled(page, roles.includes(role) ? headline : 'Not for your role');
      await expect(page.locator('main [role=alert]'), path).toHaveCount(
        roles.includes(role) ? 0 : 1,
      );
    }
  });
}

/** Pages on which a figure is open. */
const OPEN_FIGURES = [
  '/app?month=all&panel=cash_collected',
  '/app/sales?month=all&panel=close_rate',
  '/app/setters?month=all&panel=leads',
];

for (const theme of ['light', 'dark'] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });
    for (const role of ROLES) {
      test(`no page of ${role} has a serious barrier in ${theme}`, async ({ as }) => {
        const page = await as(role);
        for (const [path] of await allPages(await as('admin'))) {
          await page.goto(path);
          await settled(page);
          expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe(theme);
          await accessible(page, `${path} in ${theme}`);
        }
      });
    }

    test(`an open figure has no serious barrier in ${theme}`, async ({ as }) => {
      const page = await as('admin');
      for (const path of OPEN_FIGURES) {
        await page.goto(path);
        await expect(page.getByRole('dialog').getByText('Rows add up')).toBeVisible();
        await accessible(page, `${path} in ${theme}`);
      }
    });

    test(`customers' pages have no serious barrier in ${theme}`, async ({ as, url }) => {
      const page = await as(null);
      for (const path of ['/book', '/recover', '/bookings/none', '/login']) {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await accessible(page, `${path} in ${theme}`);
      }
      await page.goto(await recovered(url, await booked(url)));
      await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
      await accessible(page, `a booking to be paid in ${theme}`);
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await accessible(page, `a cancellation in ${theme}`);
    });
  });
}

/** Text of twice the size, as a reader sets it: every size of the pages follows that of the root. */
const enlarge = (page: Page) =>
  page.addInitScript(() => {
    const grow = () => {
      document.documentElement.style.fontSize = '200%';
    };
    if (document.documentElement) grow();
    else document.addEventListener('readystatechange', grow, { once: true });
  });

const CASES: [name: string, width: number, height: number, large: boolean][] = [
  ['a window of 320 pixels', 320, 720, false],
  ['text of twice the size in a window of 1280 pixels', 1280, 800, true],
  ['text of twice the size on a phone', 390, 844, true],
];

for (const [name, width, height, large] of CASES) {
  test.describe(name, () => {
    test.use({ viewport: { width, height } });

    test(`every page fits ${name}`, async ({ as }) => {
      const page = await as('admin');
      if (large) await enlarge(page);
      for (const [path] of await allPages(page)) {
        await page.goto(path);
        await settled(page);
        await fits(page, path);
        expect(await cut(page), path).toEqual([]);
      }
      await page.goto('/app/sales?month=all&panel=close_rate');
      await expect(page.getByRole('dialog').getByText('Rows add up')).toBeVisible();
      await fits(page, 'an open figure');
    });

    test(`customers' pages fit ${name}`, async ({ as, url }) => {
      const page = await as(null);
      if (large) await enlarge(page);
      for (const path of ['/book', '/recover', '/login']) {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await fits(page, path);
      }
      await page.goto(await recovered(url, await booked(url)));
      await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
      await fits(page, 'a booking');
      expect(await cut(page), 'a booking').toEqual([]);
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await fits(page, 'a cancellation');
    });
  });
}
