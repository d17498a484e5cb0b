import { accessible, fits } from './axe';
import { detailPages, OPEN, PAGES, settled } from './pages';
import { expect, test, type Role } from './world';

const ROLES: Role[] = ['admin', 'sales', 'viewer'];

for (const role of ROLES) {
  test(`every page opens or refuses as ${role}`, async ({ as }) => {
    const details = await detailPages(await as('admin'));
    const page = await as(role);
    for (const [path, headline, roles] of [...PAGES, ...details]) {
      await page.goto(path);
      const refused = page.getByRole('heading', { level: 1, name: 'Not for your role' });
      await settled(page, roles.includes(role) ? headline : 'Not for your role');
      await expect(refused, path).toHaveCount(roles.includes(role) ? 0 : 1);
      await expect(page.locator('main [role=alert]'), path).toHaveCount(
        roles.includes(role) ? 0 : 1,
      );
    }
  });
}

for (const theme of ['light', 'dark'] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });
    test(`no page has a serious barrier in ${theme}`, async ({ as }) => {
      const page = await as('admin');
      for (const [path, headline] of [...PAGES, ...(await detailPages(page))]) {
        await page.goto(path);
        await settled(page, headline);
        expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe(theme);
        await accessible(page, `${path} in ${theme}`);
      }
      await page.goto(OPEN);
      await expect(page.getByRole('dialog').getByText('Rows add up')).toBeVisible();
      await page.getByRole('button', { name: 'To the webhook' }).first().click();
      await expect(page.getByRole('dialog').getByText('Bytes match')).toBeVisible();
      await accessible(page, `an open figure in ${theme}`);
    });
    test(`customers' pages have no serious barrier in ${theme}`, async ({ as }) => {
      const page = await as(null);
      for (const path of ['/recover', '/bookings/none', '/login']) {
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
    for (const [path, headline] of PAGES) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(headline);
      await expect(page.locator('main [role=status][aria-label^=Loading]')).toHaveCount(0);
      await fits(page, path);
    }
    for (const path of ['/recover', '/login']) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await fits(page, path);
    }
  });
});
