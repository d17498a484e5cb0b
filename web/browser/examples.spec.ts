import { accessible } from './axe';
import type { Business } from './business';
import { empty } from './business';
import { settled } from './pages';
import { calendly, crm, etl, form, send, type Call } from './vendors';
import { expect, test } from './world';

/** The worked examples of key figures and attribution, told by the vendors and read off the pages. */
const RULES = `
reporting_timezone = "UTC"

[[call_types]]
call_type = "triage"
event_name = "*triage*"
[[call_types]]
call_type = "solution"
event_name = "*solution*"

[[channels.utm_rules]]
utm_source = "facebook"
channel = "facebook"
[[channels.utm_rules]]
utm_source = "google"
channel = "google"
[[channels.utm_rules]]
utm_source = "email"
channel = "email"

[typeform]
forms = ["FORM1"]

[close]
cash_custom_field = "cf_cash"

[[team]]
email = "ann@example.test"
name = "Ann"
role = "closer"
close_user_id = "user_ann"
[[team]]
email = "bob@example.test"
name = "Bob"
role = "closer"
close_user_id = "user_bob"
`;

/** A deal that was won, of one lead, with the lead's contact. */
async function won(
  tell: (kind: string, id: string, data: object) => Promise<unknown>,
  name: string,
  email: string,
  deal: object,
): Promise<void> {
  await tell('lead', `lead_${name}`, { name, status_label: 'New' });
  const emails = [{ email, type: 'office' }];
  await tell('contact', `cont_${name}`, { name, emails, phones: [] });
  await tell('opportunity', `oppo_${name}`, {
    contact_id: `cont_${name}`,
    value_currency: 'USD',
    value_period: 'one_time',
    status_type: 'won',
    status_label: 'Won',
    ...deal,
  });
}

const LATER = '2026-04-02T00:00:00Z';
const ANN: [string, string] = ['ann@example.test', 'Ann'];
const BOB: [string, string] = ['bob@example.test', 'Bob'];
/** Dollars that the deals of Ann, then those of Bob, brought at once. */
const CASH = [20_000, 10_000, 10_000, 10_000, 10_000, 10_000, 7_500, 7_500, 7_500, 7_500];

/** A hundred leads in March and one in April: 80 first calls, 40 second calls, ten deals. */
async function hundredLeads(url: string): Promise<void> {
  const tell = (vendor: 'calendly' | 'typeform' | 'close', body: object) =>
    send(url, vendor, body, LATER);
  const call = async (call: Call, end?: 'canceled' | 'no_show') => {
    await tell('calendly', calendly(call));
    if (end) await tell('calendly', calendly(call, end, call.start));
  };
  for (let n = 0; n < 101; n += 1) {
    const came =
      n === 100
        ? '2026-04-01T00:00:00Z'
        : n === 99
          ? '2026-03-31T18:00:00Z'
          : '2026-03-01T00:00:00Z';
    const email = `p${String(n)}@example.test`;
    await tell('typeform', form(`f${String(n)}`, email, 'google', came));
    const common = { email, name: `Person ${String(n)}`, source: 'google' };
    if (n < 80) {
      const first = {
        ...common,
        id: `t${String(n)}`,
        event: 'Triage call',
        created: '2026-03-02T09:00:00Z',
        start: '2026-03-10T10:00:00Z',
        host: ANN,
      };
      await call(first, n < 60 ? undefined : n < 72 ? 'canceled' : 'no_show');
    }
    if (n < 40) {
      const second = {
        ...common,
        id: `s${String(n)}`,
        event: 'Solution call',
        created: '2026-03-11T09:00:00Z',
        start: '2026-03-20T10:00:00Z',
        host: n < 18 ? ANN : BOB,
      };
      await call(second, n < 30 ? undefined : 'no_show');
    }
  }
  for (const [n, cash] of CASH.entries()) {
    const name = String(n);
    const user = n < 6 ? 'user_ann' : 'user_bob';
    const of = (kind: string, id: string, data: object) =>
      tell('close', crm(kind, id, `lead_${name}`, '2026-03-25T12:00:00Z', data));
    await won(of, name, `p${name}@example.test`, {
      user_id: user,
      value: 2_000_000,
      date_won: '2026-03-25',
      'custom.cf_cash': cash,
    });
    // A second chance that was lost, which must not be counted beside the deal.
    await of('opportunity', `lost_${name}`, {
      user_id: user,
      value: 2_000_000,
      value_currency: 'USD',
      value_period: 'one_time',
      status_type: 'lost',
      status_label: 'Lost',
      date_lost: '2026-03-25',
    });
  }
}

test.describe('the month of a hundred leads', () => {
  test.describe.configure({ mode: 'serial' });
  let business: Business;
  test.beforeAll(async () => {
    business = await empty(LATER, RULES);
    await hundredLeads(business.url);
  });
  test.afterAll(() => business.close());

  test('its spend is uploaded, and every key figure reads as in the example', async ({ as }) => {
    const page = await as('admin', { of: business, now: LATER });
    const header = 'day,channel,campaign,amount_minor,currency';
    const spend = async (name: string, ...lines: string[]) => {
      const buffer = Buffer.from([header, ...lines].join('\r\n'));
      await page.getByLabel('Choose a file').setInputFiles({ name, mimeType: 'text/csv', buffer });
    };
    await page.goto('/app/marketing/cost?month=2026-03');
    await settled(page, 'Marketing');
    await spend('wrong.csv', '2026-03-32,google,,500000,USD', '2026-03-31,,,500000,USD');
    await expect(page.getByRole('alert')).toContainText('wrong.csv was not recorded. 2 faults:');
    await expect(page.getByRole('alert').getByRole('listitem')).toHaveCount(2);
    await accessible(page, 'a file that was refused');
    await spend('march.csv', '2026-03-31,google,,500000,USD');
    await page.getByRole('button', { name: 'Record 1 row' }).click();
    await expect(page.getByText('march.csv is recorded: 1 row')).toBeVisible();
    await etl(business.url);
    await page.goto('/app/sales?month=2026-03');
    await settled(page, 'Sales');
    await page.getByText('All figures').click();
    for (const [key, value] of [
      ['leads', '100'],
      ['triage_booked', '80'],
      ['triage_attended', '60'],
      ['triage_show_rate', '75.00%'],
      ['triage_cancel_rate', '15.00%'],
      ['triage_no_show_rate', '10.00%'],
      ['triage_to_solution_rate', '66.67%'],
      ['solution_booked', '40'],
      ['solution_attended', '30'],
      ['solution_show_rate', '75.00%'],
      ['deals_won', '10'],
      ['close_rate', '33.33%'],
      ['lead_to_close_rate', '10.00%'],
      ['calls_to_close', '3.00'],
      ['avg_contract_value', '$20,000'],
      ['avg_cash_per_deal', '$10,000'],
      ['revenue', '$200,000'],
      ['cash_collected', '$100,000'],
      ['spend', '$5,000'],
      ['cpl', '$50'],
      ['cost_per_triage_booked', '$62.50'],
      ['cost_per_solution_booked', '$125'],
      ['cost_per_solution_attended', '$166.67'],
      ['cash_per_solution_booked', '$2,500'],
      ['cash_per_solution_attended', '$3,333.33'],
      ['epc2_revenue', '$6,666.67'],
      ['epc2_cash', '$3,333.33'],
      ['profit_per_solution_attended', '$6,500'],
      ['cash_efficiency', '4,000.00%'],
      ['profit_efficiency', '3,900.00%'],
      ['cash_roi', '2,000.00%'],
      ['direct_booking_rate', '0.00%'],
    ] as const) {
      const figure = page.locator(`main [data-metric="${key}"]`).last();
      await expect(figure, key).toHaveText(
        new RegExp(`^${value.replace(/[$.]/g, '\\$&')}(\\.00)?$`),
      );
    }
  });

  test('its cards read as in the example, on the overview and of each person', async ({ as }) => {
    const page = await as('admin', { of: business, now: LATER });
    await page.goto('/app?month=2026-03');
    await settled(page, 'Overview');
    for (const [key, value] of [
      ['cash_collected', '$100,000'],
      ['revenue', '$200,000'],
      ['spend', '$5,000'],
      ['profit', '$195,000'],
    ] as const)
      await expect(page.locator(`main [data-metric="${key}"]`).first()).toContainText(value);
    await page.goto('/app/sales?month=2026-03');
    await settled(page, 'Sales');
    for (const [key, value] of [
      ['close_rate', '33.33%'],
      ['epc2_revenue', '$6,666.67'],
      ['cash_efficiency', '4,000.00%'],
      ['calls_to_close', '3.00'],
    ] as const)
      await expect(page.locator(`main [data-metric="${key}"]`).first()).toContainText(value);
    const people = page.getByRole('region', { name: 'per person' });
    const row = (name: string) => people.getByRole('row').filter({ hasText: name });
    for (const [name, figures] of [
      ['Everyone', ['$100,000', '33.33%', '$3,333.33']],
      ['Ann', ['$70,000', '33.33%', '$3,888.89']],
      ['Bob', ['$30,000', '33.33%', '$2,500']],
    ] as const)
      for (const figure of figures) await expect(row(name), name).toContainText(figure);
  });

  test('the rows behind the close rate are the ten deals over the thirty calls', async ({ as }) => {
    const page = await as('admin', { of: business, now: LATER });
    await page.goto('/app/sales?month=2026-03&panel=close_rate');
    const panel = page.getByRole('dialog');
    await expect(panel.getByText('10 ÷ 30')).toBeVisible();
    await expect(panel.getByText('Rows add up')).toBeVisible();
    await panel.getByRole('button', { name: 'Call 2 taken 30' }).click();
    await expect(panel.getByText('Rows add up')).toBeVisible();
  });
});

const TODAY = '2025-03-01T00:00:00Z';
const JANE = 'jane@example.test';

/** One person, four touches, one deal. */
async function fourTouches(url: string): Promise<void> {
  const tell = (vendor: 'calendly' | 'typeform' | 'close', body: object) =>
    send(url, vendor, body, TODAY);
  const call = (id: string, day: string, event: string) =>
    tell(
      'calendly',
      calendly({
        id,
        email: JANE,
        event,
        created: `${day}T12:00:00Z`,
        start: `${day}T18:00:00Z`,
        source: 'google',
        host: ANN,
      }),
    );
  await tell('typeform', form('T1', JANE, 'facebook', '2025-01-01T12:00:00Z'));
  await call('T2', '2025-01-08', 'Triage call');
  await tell('typeform', form('T3', JANE, 'email', '2025-01-15T12:00:00Z'));
  await call('T4', '2025-01-22', 'Solution call');
  const of = (kind: string, id: string, data: object) =>
    tell('close', crm(kind, id, 'lead_jane', '2025-01-29T12:00:00Z', data));
  await won(of, 'jane', JANE, { user_id: 'user_ann', value: 1_000_000, date_won: '2025-01-29' });
}

test('four touches and a deal are shared by every model as in the example', async ({ as }) => {
  const business = await empty(TODAY, RULES);
  try {
    await fourTouches(business.url);
    await etl(business.url);
    const page = await as('admin', { of: business, now: TODAY });
    await page.goto('/app/marketing/attribution?month=2025-01');
    await settled(page, 'Marketing');
    const two = page.getByRole('region', { name: 'two models' });
    for (const [channel, cells] of [
      ['Facebook', ['$10,000.00', '$3,000.00', '−$7,000.00']],
      ['Google', ['$0.00', '$6,000.00', '+$6,000.00']],
      ['E-mail', ['$0.00', '$1,000.00', '+$1,000.00']],
    ] as const)
      expect(
        await two.getByRole('row').filter({ hasText: channel }).getByRole('cell').allInnerTexts(),
      ).toEqual([channel, ...cells]);
    await expect(page.getByText('Every model credits the same $10,000.00')).toBeVisible();
    const all = page.getByRole('region', { name: 'all models' });
    const heads = await all.getByRole('columnheader').allInnerTexts();
    const credit = async (model: string, channel: string) => {
      const row = all.getByRole('row').filter({ hasText: channel });
      return (await row.getByRole('cell').allInnerTexts())[heads.indexOf(model)];
    };
    for (const [model, facebook, google, email] of [
      ['First', '$10,000.00', '$0.00', '$0.00'],
      ['Last', '$0.00', '$10,000.00', '$0.00'],
      ['Even', '$2,500.00', '$5,000.00', '$2,500.00'],
      ['U-shaped', '$4,000.00', '$5,000.00', '$1,000.00'],
      ['W-shaped', '$3,000.00', '$6,000.00', '$1,000.00'],
      ['Decay', '$666.67', '$6,666.66', '$2,666.67'],
    ] as const) {
      expect(await credit(model, 'Facebook'), `${model}, facebook`).toBe(facebook);
      expect(await credit(model, 'Google'), `${model}, google`).toBe(google);
      expect(await credit(model, 'E-mail'), `${model}, email`).toBe(email);
    }
    await page.getByLabel('Touches within').selectOption('14');
    await expect(all.getByRole('row').filter({ hasText: 'Facebook' })).toHaveCount(0);
    expect(await credit('Even', 'Google')).toBe('$5,000.00');
    expect(await credit('Even', 'E-mail')).toBe('$5,000.00');
  } finally {
    await business.close();
  }
});

test('an erased person is gone from every page, and no figure moves', async ({ as }) => {
  const business = await empty(TODAY, RULES);
  try {
    await fourTouches(business.url);
    await etl(business.url);
    const page = await as('admin', { of: business, now: TODAY });
    const asked = async <T>(path: string): Promise<T> =>
      (await (await page.request.get(path)).json()) as T;
    const values = async () => {
      const { metrics } = await asked<{ metrics: Record<string, { value: unknown }> }>(
        '/api/metrics?month=all',
      );
      return Object.entries(metrics).map(([key, { value }]) => [key, value]);
    };
    const before = await values();
    const deals = await asked<{ items: { contact_id: string }[] }>(
      '/api/rows/deals?month=all&counted=true&limit=1',
    );
    const contact = deals.items[0]?.contact_id ?? '';
    expect(JSON.stringify(await asked(`/api/contacts/${contact}`))).toContain(JANE);
    await page.goto(`/app/contacts/${contact}`);
    await settled(page);
    await page.getByRole('button', { name: 'Erase…' }).click();
    const dialog = page.getByRole('dialog');
    const run = dialog.getByRole('button', { name: 'Erase for good' });
    await expect(dialog.getByText(/items of the store searched/)).toBeVisible();
    await expect(run).toBeDisabled();
    await dialog.getByLabel('Type ERASE').fill('ERASE');
    await run.click();
    await expect(dialog.getByText('Erased', { exact: true })).toBeVisible();
    await expect(dialog.getByText(/items of the store searched/)).toBeVisible();
    await etl(business.url);
    expect(await values()).toEqual(before);
    await dialog.getByRole('button', { name: 'To the customers' }).click();
    await settled(page, 'Customers');
    for (const path of ['/app/customers', '/app/bookings', `/app/contacts/${contact}`]) {
      await page.goto(path);
      await settled(page);
      await expect(page.getByRole('main'), path).not.toContainText(/jane/i);
    }
    for (const path of ['/api/customers', '/api/bookings', '/api/conversations'])
      expect(JSON.stringify(await asked(path)), path).not.toContain(JANE);
  } finally {
    await business.close();
  }
});
