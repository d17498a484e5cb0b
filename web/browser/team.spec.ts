import { accessible } from './axe';
import { expect, test } from './world';

test('a stranger is led to the log-in and back to the page they wanted', async ({ as }) => {
  const page = await as(null);
  await page.goto('/app/customers?alert=low_show_rate');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Log in to Bookpath');
  await page.getByRole('button', { name: 'viewer' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Customers');
  expect(page.url()).toContain('alert=low_show_rate');
});

test('the sidebar has what the role may see', async ({ as }) => {
  const page = await as('sales');
  await page.goto('/app');
  const pages = page.getByRole('navigation', { name: 'Pages' });
  await expect(pages.getByRole('link', { name: 'Customers' })).toBeVisible();
  for (const absent of ['Conversations', 'Bookings', 'Inbox', 'Users']) {
    await expect(pages.getByRole('link', { name: absent })).toHaveCount(0);
  }
  await expect(page.getByText('Only your numbers', { exact: true })).toBeVisible();
});

test('the age of the numbers is told with its zone', async ({ as }) => {
  const page = await as('viewer');
  await page.goto('/app');
  await expect(page.getByText(/^As of \d\d:\d\d · New York · .* behind/)).toBeVisible();
});

test('a number leads to the raw webhook, whose bytes the page hashes itself', async ({ as }) => {
  const page = await as('admin');
  await page.goto('/app/marketing');
  await page
    .getByRole('region', { name: 'daily bookings by source' })
    .getByRole('link')
    .first()
    .click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Where this comes from');
  await expect(page.getByRole('heading', { name: 'Gold' })).toBeVisible();
  await expect(page.getByText('Bytes match')).toBeVisible();
  await accessible(page, 'lineage');
});

test('bytes that were altered on the way do not match', async ({ as }) => {
  const page = await as('admin');
  await page.route('**/api/raw/*', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: `${await answer.text()} ` });
  });
  await page.goto('/app/inbox?status=done');
  await page.getByRole('region', { name: 'inbox' }).getByRole('button').nth(8).click();
  await expect(page.getByText('Bytes do not match')).toBeVisible();
});

test('a delivery is processed again, and nothing is sent twice', async ({ as, url }) => {
  const page = await as('admin');
  const texts = async () =>
    (
      (await (await fetch(`${url}/local/sms`)).json()) as { messages: { state: string }[] }
    ).messages.filter((m) => m.state === 'sent').length;
  await page.goto('/app/inbox?status=done');
  await page.getByRole('region', { name: 'inbox' }).getByRole('button').nth(8).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Bytes match')).toBeVisible();
  const before = await texts();
  await dialog.getByRole('button', { name: 'Replay' }).click();
  await expect(dialog.getByText(/^Processed again/)).toBeVisible();
  expect(await texts()).toBe(before);
  await accessible(page, 'a delivery');
});

test('a booking offers exactly what the API allows, and shows the way it went', async ({ as }) => {
  const page = await as('admin');
  await page.goto('/app/bookings?view=REFUNDED');
  await page
    .getByRole('region', { name: 'bookings' })
    .getByRole('row')
    .nth(1)
    .getByRole('button')
    .click();
  await expect(page.getByRole('heading', { name: 'The way it went' })).toBeVisible();
  const asked = await page.request.get(`/api/bookings/${page.url().split('/').pop() ?? ''}`);
  const { can } = (await asked.json()) as { can: string[] };
  for (const [action, name] of [
    ['refund', 'Refund…'],
    ['cancel', 'Cancel booking…'],
    ['override', 'Override…'],
    ['resend', 'Resend e-mail'],
  ] as const) {
    await expect(page.getByRole('button', { name })).toHaveCount(can.includes(action) ? 1 : 0);
  }
  await expect(
    page.getByRole('img', { name: /^State map\. The booking is Refunded/ }),
  ).toBeVisible();
  await accessible(page, 'a booking');
});

test('a text that was not sent says why', async ({ as }) => {
  const page = await as('viewer');
  await page.goto('/app/conversations?show=not_sent');
  await expect(page.getByText(/not sent: /).first()).toBeVisible();
  await expect(page.getByText('Why?').first()).toBeVisible();
});

test('numbers are masked until somebody asks for them', async ({ as }) => {
  const page = await as('viewer');
  await page.goto('/app/conversations');
  const main = page.getByRole('main');
  await expect(main.getByText(/^\+1…\d\d$/).first()).toBeVisible();
  await page.getByRole('button', { name: 'Show numbers' }).click();
  await expect(main.getByText(/^\+1\d{10}$/).first()).toBeVisible();
});

test('the address keeps filters over a reload, and Back undoes them', async ({ as }) => {
  const page = await as('admin');
  await page.goto('/app/bookings');
  await page.getByLabel('State').selectOption('CONFIRMED');
  await expect(page).toHaveURL(/view=CONFIRMED/);
  await page.reload();
  await expect(page.getByLabel('State')).toHaveValue('CONFIRMED');
});

test('an error on one tile leaves the others, and Retry heals it', async ({ as }) => {
  const page = await as('admin');
  let broken = false;
  await page.route('**/api/marketing/bookings_trend*', (route) =>
    broken
      ? route.fulfill({
          status: 500,
          contentType: 'application/problem+json',
          body: JSON.stringify({
            code: 'internal',
            detail: 'It broke.',
            status: 500,
            title: 'x',
            type: 'x',
            request_id: 'r1',
          }),
        })
      : route.fallback(),
  );
  await page.goto('/app/marketing');
  await expect(page.getByRole('region', { name: 'daily bookings by source' })).toBeVisible();
  await expect(page.locator('main .recharts-surface').first()).toBeVisible();
  broken = true;
  await page.getByRole('button', { name: 'Refresh' }).click();
  const alert = page.getByRole('main').getByRole('alert');
  await expect(alert).toContainText('request r1');
  // What was there before stays, and says since when.
  await expect(page.getByText(/^What is shown was loaded 30 Nov 2026/)).toBeVisible();
  await expect(page.locator('main .recharts-surface').first()).toBeVisible();
  await expect(page.getByRole('region', { name: 'daily bookings by source' })).toBeVisible();
  broken = false;
  await alert.getByRole('button', { name: 'Retry' }).click();
  await expect(alert).toHaveCount(0);
});

test('a login that ran out is renewed over the page', async ({ as, url }) => {
  const page = await as('viewer');
  await page.goto('/app/customers?next=without');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Customers');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Refresh' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Please log in again');
  const { logins } = (await (await fetch(`${url}/local/demo`)).json()) as {
    logins: { role: string; password: string }[];
  };
  await dialog.getByLabel('Password').fill(logins[0]?.password ?? '');
  await dialog.getByRole('button', { name: 'Log in' }).click();
  await expect(dialog).toHaveCount(0);
  expect(page.url()).toContain('next=without');
});

test('keys lead everywhere and the focus comes back', async ({ as }) => {
  const page = await as('admin');
  await page.goto('/app');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  await page.keyboard.press('g');
  await page.keyboard.press('b');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Bookings');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /Go to/ }).fill('ledg');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ledger');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('Go to a page');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('no address ever has an e-mail, a number or a token in it', async ({ as }) => {
  const page = await as('admin');
  const seen: string[] = [];
  page.on('framenavigated', (frame) => seen.push(frame.url()));
  await page.goto('/app/customers');
  await page
    .getByRole('region', { name: 'customers' })
    .getByRole('row')
    .nth(1)
    .getByRole('button')
    .first()
    .click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.goto('/app/conversations');
  await page.getByRole('main').getByRole('listitem').getByRole('button').first().click();
  for (const address of [...seen, page.url()]) {
    expect(decodeURIComponent(address)).not.toMatch(/@|\+\d{6,}|token=/);
  }
});

test('a file has every row and names its zone', async ({ as }) => {
  const page = await as('admin');
  await page.goto('/app/customers');
  const table = page.getByRole('region', { name: 'customers' });
  await expect(table).toBeVisible();
  const rows = Number(await table.getByRole('table').getAttribute('aria-rowcount'));
  expect(rows).toBeGreaterThan(1);
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV' }).click();
  const stream = await (await waiting).createReadStream();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  const lines = Buffer.concat(parts).toString('utf8').trim().split('\r\n');
  expect(lines[0]).toContain('America/New_York');
  expect(lines.length).toBe(rows);
});

test('a text that was not sent shows its ladder, up to the fact that decided and its webhook', async ({
  as,
}) => {
  const page = await as('admin');
  await page.goto('/app/conversations?show=not_sent');
  await page
    .getByRole('button', { name: /Follow-up not sent: the customer replied/ })
    .first()
    .click();
  const ladder = page.getByRole('list', { name: 'Checks' });
  const failed = ladder.getByRole('listitem').filter({ has: page.getByLabel('does not hold') });
  await expect(failed.first()).toBeVisible();
  await expect(
    ladder
      .filter({ has: page.getByLabel('does not hold') })
      .first()
      .getByLabel('holds', { exact: true }),
  ).not.toHaveCount(0);
  await failed.getByRole('link', { name: /^raw / }).first().click();
  await expect(page).toHaveURL(/\/app\/inbox\?.*open=/);
  // The open delivery hides the page behind it from readers, its headline too.
  await expect(page.getByRole('dialog', { name: /sms\.inbound/ })).toBeVisible();
});

test('another wait is tried by the arrow keys, from one request, with the savings of the API', async ({
  as,
}) => {
  const page = await as('admin');
  const answers: string[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/api/messages/what-if')) answers.push(response.url());
  });
  const waiting = page.waitForResponse(/\/api\/messages\/what-if/);
  await page.goto('/app/conversations/what-if');
  const { waits } = (await (await waiting).json()) as {
    waits: { wait_seconds: number; cost_saved: string; follow_ups: number }[];
  };
  expect(waits).toHaveLength(11);
  const slider = page.getByRole('slider');
  await expect(slider).toHaveAttribute('aria-valuetext', '30 min');
  await slider.focus();
  for (const minutes of ['45', '60', '90']) {
    await page.keyboard.press('ArrowRight');
    await expect(slider).toHaveAttribute('aria-valuetext', `${minutes} min`);
  }
  const saved = new Intl.NumberFormat('en-GB', {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
  }).format(Number(waits[7]?.cost_saved));
  await expect(
    page.getByRole('main').getByText(saved.replace('-', '−'), { exact: true }).first(),
  ).toBeVisible();
  await expect(page).toHaveURL(/wait=90/);
  await accessible(page, 'another wait');
  expect(answers).toHaveLength(1);
});
