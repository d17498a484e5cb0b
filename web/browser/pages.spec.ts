import { accessible, cut, fits, textSize } from './axe';
import { detailPages, PAGES, settled } from './pages';
import { expect, test, type Role } from './world';

const ROLES: Role[] = ['admin', 'sales', 'viewer'];
/** Pages that somebody without a log-in may open. */
const STRANGERS = ['/recover', '/bookings/none', '/login', '/book'];
/** A page with an open figure over it. */
const PANEL = '/app/sales?month=all&panel=close_rate';

for (const role of ROLES) {
  test(`every page opens or refuses as ${role}`, async ({ as }) => {
    const details = await detailPages(await as('admin'));
    const page = await as(role);
    for (const [path, headline, roles] of [...PAGES, ...details]) {
      const allowed = roles.includes(role);
      await page.goto(path);
      await settled(page, allowed ? headline : 'Not for your role');
      await expect(page.locator('main [role=status][aria-label^=Loading]'), path).toHaveCount(0);
      await expect(page.locator('main [role=alert]'), path).toHaveCount(allowed ? 0 : 1);
    }
  });
}

for (const theme of ['light', 'dark'] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });

    for (const role of ROLES) {
      test(`no page of ${role} has a serious barrier in ${theme}`, async ({ as }) => {
        const details = await detailPages(await as('admin'));
        const page = await as(role);
        for (const [path, headline, roles] of [...PAGES, ...details]) {
          // What others see in the same way as an admin is looked at once.
          const own = role === 'admin' || details.some(([one]) => one === path) || path === '/app';
          if (!own || !roles.includes(role)) continue;
          await page.goto(path);
          await settled(page, headline);
          expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe(theme);
          await accessible(page, `${path} as ${role} in ${theme}`);
        }
        await page.goto(PANEL);
        await expect(page.getByRole('dialog')).toBeVisible();
        await settled(page);
        await accessible(page, `an open figure as ${role} in ${theme}`);
      });
    }

    test(`strangers' pages have no serious barrier in ${theme}`, async ({ as }) => {
      const page = await as(null);
      for (const path of STRANGERS) {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await accessible(page, `${path} in ${theme}`);
      }
    });
  });
}

test.describe('narrow', () => {
  test.use({ viewport: { width: 320, height: 720 } });
  test('every page fits a window of 320 pixels', async ({ as }) => {
    const page = await as('admin');
    for (const [path, headline] of [...PAGES, ...(await detailPages(page))]) {
      await page.goto(path);
      await settled(page, headline);
      await fits(page, path);
    }
    for (const path of STRANGERS) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await fits(page, path);
    }
  });
});

for (const width of [1440, 640]) {
  test.describe(`text of 200 %, ${String(width)} pixels`, () => {
    test.use({ viewport: { width, height: 900 } });
    test(`twice the text size fits ${String(width)} pixels, and nothing is cut off`, async ({
      as,
    }) => {
      const page = await as('admin');
      await textSize(page, 2);
      const details = await detailPages(page);
      for (const [path, headline] of [...PAGES, ...details]) {
        await page.goto(path);
        await settled(page, headline);
        await fits(page, `${path} with text of 200 %`);
        expect(await cut(page), `${path} with text of 200 %`).toEqual([]);
      }
      await page.goto(PANEL);
      await expect(page.getByRole('dialog')).toBeVisible();
      await fits(page, 'an open figure with text of 200 %');
      for (const path of STRANGERS) {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await fits(page, `${path} with text of 200 %`);
        expect(await cut(page), `${path} with text of 200 %`).toEqual([]);
      }
    });
  });
}
