import { empty } from './business';
import { settled } from './pages';
import { calendly, crm, etl, form, send } from './vendors';
import { expect, test } from './world';

/** The worked example of attribution, told by the vendors and read off the page. */
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

[[team]]
email = "ann@example.test"
name = "Ann"
role = "closer"
close_user_id = "user_ann"
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

const ANN: [string, string] = ['ann@example.test', 'Ann'];
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
      ['facebook', ['$10,000.00', '$3,000.00', '−$7,000.00']],
      ['google', ['$0.00', '$6,000.00', '+$6,000.00']],
      ['email', ['$0.00', '$1,000.00', '+$1,000.00']],
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
      expect(await credit(model, 'facebook'), `${model}, facebook`).toBe(facebook);
      expect(await credit(model, 'google'), `${model}, google`).toBe(google);
      expect(await credit(model, 'email'), `${model}, email`).toBe(email);
    }
    await page.getByLabel('Touches within').selectOption('14');
    await expect(all.getByRole('row').filter({ hasText: 'facebook' })).toHaveCount(0);
    expect(await credit('Even', 'google')).toBe('$5,000.00');
    expect(await credit('Even', 'email')).toBe('$5,000.00');
  } finally {
    await business.close();
  }
});
