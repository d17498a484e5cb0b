import { accessible, fits } from './axe';
import { detailPages, settled } from './pages';
import { expect, test } from './world';

interface Sum {
  revenue_minor: number;
}

test('a customer leads to the person: journey, health, identity, with addresses masked', async ({
  as,
}) => {
  const page = await as('admin');
  await page.goto('/app/customers');
  await page
    .getByRole('region', { name: 'customers' })
    .getByRole('row')
    .nth(1)
    .getByRole('button')
    .click();
  await page.getByRole('dialog').getByRole('link', { name: 'Open the person' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Contact');
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

test('a journey says what each touch earned, by every model, and leads to its webhook', async ({
  as,
}) => {
  const page = await as('admin');
  const [[path] = ['']] = await detailPages(page);
  await page.goto(path);
  await settled(page, 'Contact');
  const { journey, credited } = (await (
    await page.request.get(path.replace('/app/', '/api/'))
  ).json()) as {
    journey: { credit?: { model: string; revenue_minor: number }[] }[];
    credited: { total: Sum; without_touch: Sum };
  };
  for (const model of ['first', 'last', 'linear', 'u', 'w', 'time_decay']) {
    const credits = journey.flatMap((step) => step.credit ?? []).filter((c) => c.model === model);
    const earned = credits.reduce((sum, one) => sum + one.revenue_minor, 0);
    expect(earned + credited.without_touch.revenue_minor, model).toBe(credited.total.revenue_minor);
    await page.getByLabel('Credit by').selectOption(model);
    await expect(page.getByText(/^\d+\.\d\d% · /)).toHaveCount(credits.length);
  }
  await expect(page).toHaveURL(/credit=time_decay/);
  await page
    .getByRole('button', { name: /webhook [0-9a-f]{4}$/ })
    .first()
    .click();
  await expect(page.getByText('Bytes match')).toBeVisible();
});

test('customers are filtered by the server, and the address keeps it', async ({ as }) => {
  const page = await as('viewer');
  await page.goto('/app/customers');
  await page.getByLabel('Next call').selectOption('without');
  await expect(page).toHaveURL(/next=without/);
  await expect(page.getByRole('region', { name: 'customers' })).toBeVisible();
  const found = await page.request.get('/api/customers?next_call=none&limit=1');
  const { total } = (await found.json()) as { total: number };
  await expect(page.getByText(`${new Intl.NumberFormat('en-GB').format(total)} row`)).toBeVisible();
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
