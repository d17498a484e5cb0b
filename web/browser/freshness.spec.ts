import type { Page } from '@playwright/test';
import { settled } from './pages';
import { expect, test } from './world';

/** The answer about the business, as if its numbers were so old. */
const aged = (page: Page, seconds: number) =>
  page.route('**/api/meta', async (route) => {
    const answer = await route.fetch();
    const meta = (await answer.json()) as object;
    await route.fulfill({ response: answer, json: { ...meta, lag_seconds: seconds } });
  });

for (const [seconds, words, tone] of [
  [120, '2 min behind', 'sunken'],
  [660, '11 min behind', 'warn-soft'],
  [21_600, 'stale', 'bad-soft'],
] as const) {
  test(`numbers that are ${String(seconds)} s old are told as ${tone}`, async ({ as }) => {
    const page = await as('viewer');
    await aged(page, seconds);
    await page.goto('/app/customers');
    const chip = page.getByRole('button', { name: /^As of \d\d:\d\d · New York · / });
    await expect(chip).toContainText(words);
    await expect(chip).toHaveClass(new RegExp(`bg-${tone}`));
  });
}

test('days, hours and files do not depend on the zone of the browser', async ({ as }) => {
  const texts = async (timezoneId: string) => {
    const page = await as('admin', { timezoneId });
    const found: string[] = [];
    for (const path of [
      '/app/marketing',
      '/app/marketing/timing',
      '/app/customers',
      '/app/bookings?view=REFUNDED',
    ]) {
      await page.goto(path);
      await settled(page);
      found.push(await page.getByRole('main').innerText());
    }
    return found;
  };
  expect(await texts('Pacific/Auckland')).toEqual(await texts('America/Los_Angeles'));
});
