import { accessible, fits } from './axe';
import { booked, expect, recovered, link, test } from './world';

/** Leads from a booking that awaits its payment to the checkout. */
test('a letter’s link opens the booking; it is paid, cancelled and refunded', async ({
  as,
  url,
}) => {
  const email = await booked(url);
  const page = await as(null);
  await page.goto(await recovered(url, email));
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
  expect(page.url()).not.toContain('token');
  await accessible(page, 'a booking to be paid');
  await page.getByRole('button', { name: 'Pay $150' }).click();
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You’re booked.', {
    timeout: 30_000,
  });
  expect(page.url()).not.toMatch(/payment|session_id|token/);
  await expect(page.getByRole('link', { name: 'Join the call' })).toHaveAttribute(
    'href',
    /zoom\.example/,
  );
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('You get $150.00 back.');
  await expect(dialog.getByRole('button', { name: 'Keep booking' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Cancel booking' }).click();
  await expect(page.locator('[data-told]')).toContainText(
    /cancelling|on its way back|was sent back/,
  );
  await booked(url, email);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('$150 was sent back on', {
    timeout: 30_000,
  });
});

test('a declined card charges nothing; the next try pays', async ({ as, url }) => {
  const email = await booked(url);
  const page = await as(null);
  const mailed = await recovered(url, email);
  await page.goto(mailed);
  await page.getByRole('button', { name: 'Pay $150' }).click();
  await page.getByRole('button', { name: 'Use a card that is declined' }).click();
  await fetch(`${url}/local/drain`, { method: 'POST' });
  await page.goto(mailed);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(
    'did not go through, and nothing was charged',
  );
  await page.getByRole('button', { name: 'Try again: pay $150' }).click();
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You’re booked.', {
    timeout: 30_000,
  });
});

test('who pays in one browser and comes back in another is let in once', async ({ as, url }) => {
  const email = await booked(url);
  const page = await as(null);
  await page.goto(await recovered(url, email));
  await page.getByRole('button', { name: 'Pay $150' }).click();
  const back = page.waitForRequest(/\/bookings\/[^/]+\?payment=success/);
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  const address = (await back).url();
  const other = await as(null);
  await other.goto(address);
  await expect(other.getByRole('heading', { level: 1 })).toHaveText('You’re booked.', {
    timeout: 30_000,
  });
  expect(other.url()).not.toMatch(/payment|session_id/);
  const third = await as(null);
  await third.goto(address);
  await expect(third.getByRole('heading', { level: 1 })).toHaveText('Find my booking');
});

test('a reload keeps the booking, forgetting it does not, the letter opens it again', async ({
  as,
  url,
}) => {
  const email = await booked(url);
  const page = await as(null);
  const mailed = await recovered(url, email);
  await page.goto(mailed);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
  await page.getByRole('button', { name: 'Forget on this device' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Find my booking');
  await expect(page.getByText('This link no longer opens a booking.')).toBeVisible();
  const elsewhere = await as(null);
  await elsewhere.goto(mailed);
  await expect(elsewhere.getByRole('heading', { level: 1 })).toContainText('Pay by');
});

test('a lost link is asked for by e-mail, in two languages', async ({ as, url }) => {
  const email = await booked(url);
  const page = await as(null);
  await page.goto('/recover');
  await page.getByLabel('E-mail address').fill('nobody');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByText('This is no e-mail address.')).toBeVisible();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByText('If there is a booking, a link is on its way.')).toBeVisible();
  expect(await link(url, email)).toContain('/bookings/');
  await page.getByLabel('Language').selectOption('es');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Buscar mi reserva');
  await expect(page.locator('html')).toHaveAttribute('lang', 'es');
});

test.describe('phone', () => {
  test.use({ viewport: { width: 320, height: 720 } });
  test('a booking fits a phone', async ({ as, url }) => {
    const email = await booked(url);
    const page = await as(null);
    await page.goto(await recovered(url, email));
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
    await fits(page, 'a booking');
  });
});

test('a time is booked in the calendar’s frame, paid, and moved in another tab', async ({
  as,
  url,
}) => {
  const page = await as(null);
  await page.goto('/book?utm_source=partner');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Choose a time');
  const calendar = page.frameLocator('iframe');
  await calendar.getByLabel('Name').fill('Maya Lindqvist');
  await calendar.getByLabel('E-mail').fill('maya@example.test');
  await calendar.getByRole('button').first().click();
  await expect(page).toHaveURL(/\/bookings\//);
  await fetch(`${url}/local/drain`, { method: 'POST' });
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by', {
    timeout: 30_000,
  });
  await page.getByRole('button', { name: 'Pay $150' }).click();
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You’re booked.', {
    timeout: 30_000,
  });
  const when = page.getByRole('heading', { level: 2 }).locator('xpath=following-sibling::p[1]');
  const before = await when.textContent();
  await page.getByRole('button', { name: 'Move', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Your payment moves along');
  await dialog.getByRole('button', { name: 'Choose a new time' }).click();
  const opening = page.context().waitForEvent('page');
  await dialog.getByRole('link', { name: 'Open it in a new tab' }).click();
  const tab = await opening;
  await tab.getByRole('button').last().click();
  await expect(tab.getByRole('heading', { level: 1 })).toHaveText('Your time is booked');
  await fetch(`${url}/local/drain`, { method: 'POST' });
  await expect(page.getByText('Your booking was moved.')).toBeVisible({ timeout: 30_000 });
  await expect(when).not.toHaveText(before ?? '');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You’re booked.');
});

test('where the calendar’s frame is blocked, another tab leads to the same booking', async ({
  as,
  url,
}) => {
  const page = await as(null);
  // Of this page only: the other tab is a page of its own.
  await page.route('**/sandbox/calendly/**', (route) => route.abort());
  await page.goto('/book');
  await page.getByRole('button', { name: 'Open it in a new tab' }).click();
  const opening = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Open it in a new tab' }).click();
  const tab = await opening;
  await tab.getByLabel('Name').fill('Iris Novak');
  await tab.getByLabel('E-mail').fill('iris@example.test');
  await tab.getByRole('button').first().click();
  await expect(tab.getByRole('heading', { level: 1 })).toHaveText('Your time is booked');
  await fetch(`${url}/local/drain`, { method: 'POST' });
  await expect(page).toHaveURL(/\/bookings\//);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
});
