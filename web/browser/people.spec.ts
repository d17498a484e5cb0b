import { accessible, fits } from './axe';
import { expect, test } from './world';

test('a customer leads to the person: journey, health, identity, with addresses masked', async ({
  as,
}) => {
  const page = await as('admin');
  await page.goto('/app/customers');
  const first = page
    .getByRole('region', { name: 'customers' })
    .getByRole('row')
    .nth(1)
    .getByRole('button')
    .first();
  const name = await first.textContent();
  await first.click();
  await page.getByRole('dialog').getByRole('link', { name: 'Open the person' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name ?? '');
  for (const name of ['Journey', 'Health', 'Identity', 'Where from'])
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
  await expect(page.locator('main [role=status][aria-label^=Loading]')).toHaveCount(0);
  const identity = page.locator('section', {
    has: page.getByRole('heading', { name: 'Identity' }),
  });
  await expect(identity.getByText(/…@/).first()).toBeVisible();
  await accessible(page, 'a contact');
  expect(decodeURIComponent(page.url())).not.toMatch(/@|\+\d{6,}/);
  await page.getByRole('button', { name: 'Show addresses' }).click();
  await expect(identity.getByText(/\w{2,}@/).first()).toBeVisible();
});

test('customers are filtered by the server, and the address keeps it', async ({ as }) => {
  const page = await as('viewer');
  await page.goto('/app/customers');
  await page.getByLabel('Next call').selectOption('without');
  await expect(page).toHaveURL(/next=without/);
  await expect(page.getByRole('region', { name: 'customers' })).toBeVisible();
  const found = await page.request.get('/api/customers?next_call=none&limit=1');
  const { total } = (await found.json()) as { total: number };
  const counted = new Intl.NumberFormat('en-GB').format(total);
  await expect(page.getByText(new RegExp(`^(1–1,000 of )?${counted}( rows?)?$`))).toBeVisible();
});

test.describe('phone', () => {
  test.use({ viewport: { width: 320, height: 720 } });
  test('a contact fits a phone', async ({ as }) => {
    const page = await as('admin');
    const found = await page.request.get('/api/customers?limit=1');
    const { items } = (await found.json()) as { items: { contact_id: string }[] };
    await page.goto(`/app/contacts/${items[0]?.contact_id ?? ''}`);
    await expect(page.getByRole('heading', { name: 'Journey' })).toBeVisible();
    for (const part of ['Journey', 'Health', 'Identity']) {
      await page
        .getByRole('group', { name: 'Parts of the page' })
        .getByRole('button', { name: part, exact: true })
        .click();
      await expect(page.getByRole('heading', { name: part, exact: true })).toBeVisible();
      await expect(page.locator('main [role=status][aria-label^=Loading]')).toHaveCount(0);
      await fits(page, `a contact’s ${part}`);
    }
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Identity', exact: true })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Journey' })).toHaveCount(0);
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Merge…' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
  });
});
