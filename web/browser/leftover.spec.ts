import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { empty } from './business';
import { settled, shownRows } from './pages';
import { calendly, drain, etl, send } from './vendors';
import { expect, test } from './world';

const TODAY = '2025-02-01T12:00:00Z';
const JANE = 'jane@example.test';

/** A Calendly that knows everybody as Jane, and deletes nobody: that is in its largest plan only. */
async function refusingCalendly(): Promise<{ base: string; close: () => void }> {
  const server = createServer((asked, answer) => {
    const refused = asked.method === 'POST';
    answer.writeHead(refused ? 403 : 200, { 'content-type': 'application/json' });
    const why = { title: 'Permission Denied', message: 'This endpoint requires another plan' };
    answer.end(JSON.stringify(refused ? why : { resource: { email: JANE } }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${String(port)}`,
    close: () => server.close(),
  };
}

test('what an erasure left at a vendor is tried again, and closed by a second word', async ({
  as,
}) => {
  const vendor = await refusingCalendly();
  const business = await empty(TODAY, 'reporting_timezone = "UTC"\n', {
    CALENDLY_API_TOKEN: 'token',
    CALENDLY_WRITE_TOKEN: 'token',
    CALENDLY_API_BASE: vendor.base,
  });
  try {
    const call = {
      id: 'jane-call',
      email: JANE,
      event: 'Triage call',
      created: '2025-01-08T12:00:00Z',
      start: '2025-01-08T18:00:00Z',
      source: 'google',
    };
    await send(business.url, 'calendly', calendly(call), TODAY);
    await etl(business.url);
    const page = await as('admin', { of: business, now: TODAY });
    const known = await page.request.get('/api/customers');
    const { items } = (await known.json()) as { items: { contact_id: string }[] };
    await page.goto(`/app/contacts/${items[0]?.contact_id ?? 'nobody'}`);
    await settled(page);
    await page.getByRole('button', { name: 'Erase…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Type ERASE').fill('ERASE');
    await dialog.getByRole('button', { name: 'Erase for good' }).click();
    await expect(dialog.getByText('Erased', { exact: true })).toBeVisible();
    await drain(business.url);

    await page.goto('/app/ops');
    await settled(page, 'Ops');
    const left = shownRows(page, 'vendor tasks').filter({ hasText: 'Delete the invitee' });
    await expect(left).toContainText('By hand');
    await expect(left).toContainText('Permission Denied');
    await left.getByRole('button', { name: 'Try again' }).click();
    await expect(left).toContainText('Being deleted');
    await drain(business.url);
    await page.reload();
    await expect(left).toContainText('By hand');

    await left.getByRole('button', { name: 'Done…' }).click();
    await expect(dialog).toContainText('The task does not open again');
    await dialog.getByRole('button', { name: 'Keep it open' }).click();
    await expect(left).toContainText('By hand');
    await left.getByRole('button', { name: 'Done…' }).click();
    await dialog.getByRole('button', { name: 'It is deleted' }).click();
    await expect(left).toHaveCount(0);
    await page.getByLabel('Show').last().selectOption('done');
    await expect(left).toHaveCount(1);
  } finally {
    await business.close();
    vendor.close();
  }
});
