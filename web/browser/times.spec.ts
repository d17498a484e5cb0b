import { detailPages, PAGES, settled } from './pages';
import { expect, test } from './world';

test('every instant names its zone: its tip has the reporting zone, the reader’s own and UTC', async ({
  as,
}) => {
  const page = await as('admin');
  let seen = 0;
  for (const [path] of [...PAGES, ...(await detailPages(page))]) {
    await page.goto(path);
    await settled(page);
    const times = await page.locator('main time').evaluateAll((all) =>
      all.map((one) => ({
        text: one.textContent ?? '',
        at: one.getAttribute('datetime') ?? '',
        tip: one.getAttribute('title') ?? '',
      })),
    );
    seen += times.length;
    for (const { text, at, tip } of times) {
      expect(at, `${path}: ${text}`).toMatch(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/);
      expect(tip, `${path}: ${text}`).toContain('New York');
      expect(tip, `${path}: ${text}`).toContain('Auckland');
      expect(tip, `${path}: ${text}`).toContain(at);
    }
    // The page itself says in which zone its times are: in its head or its bar.
    await expect(page.getByText(/New York/).first(), path).toBeVisible();
    // No time of day is written as plain text, without a tip.
    const plain = await page.locator('main').evaluate((main) => {
      const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
      const found: string[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const text = node.textContent ?? '';
        if (
          /\d{1,2} \w{3,4} \d{4}, \d{2}:\d{2}/.test(text) &&
          !node.parentElement?.closest('time,option') &&
          !/ time\b/.test(text)
        )
          found.push(text);
      }
      return found;
    });
    expect(plain, path).toEqual([]);
  }
  expect(seen).toBeGreaterThan(100);
});
