import type { Page } from '@playwright/test';
import { settled } from './pages';
import { expect, test } from './world';

/** What a page may take on a quiet machine (WEB, budgets), seconds; a busy one gets three times as long. */
const BUDGETS: [path: string, fcp: number, lcp: number, calls: number][] = [
  ['/app', 0.9, 1.5, 6],
  ['/app/customers', 0.9, 1.5, 6],
  ['/app/marketing', 0.9, 1.5, 6],
  ['/app/sales', 0.9, 1.5, 6],
  ['/login', 0.9, 1.5, 3],
  ['/recover', 0.8, 1.2, 3],
  ['/book', 0.8, 1.2, 3],
];
const SLOW = 3;
const TRIES = 3;
const SHIFT = 0.02;

interface Paints {
  fcp: number;
  lcp: number;
  cls: number;
}

/** Collects what the browser measures, from before the first script on. */
const watch = (page: Page) =>
  page.addInitScript(() => {
    const paints = { fcp: 0, lcp: 0, cls: 0 };
    (window as unknown as { paints: Paints }).paints = paints;
    const on = (type: string, see: (entry: PerformanceEntry) => void) => {
      new PerformanceObserver((list) => {
        list.getEntries().forEach(see);
      }).observe({ type, buffered: true });
    };
    on('paint', (entry) => {
      if (entry.name === 'first-contentful-paint') paints.fcp = entry.startTime / 1000;
    });
    on('largest-contentful-paint', (entry) => {
      paints.lcp = entry.startTime / 1000;
    });
    on('layout-shift', (entry) => {
      const shift = entry as PerformanceEntry & { value: number; hadRecentInput: boolean };
      if (!shift.hadRecentInput) paints.cls += shift.value;
    });
  });

for (const [path, fcp, lcp, calls] of BUDGETS) {
  test(`${path} is painted in time, without moving, by few requests`, async ({ as }) => {
    const page = await as(path.startsWith('/app') ? 'admin' : null);
    await watch(page);
    let asked: string[] = [];
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      // The age of the numbers is asked again and again.
      if (pathname.startsWith('/api/') && pathname !== '/api/meta') asked.push(request.url());
    });
    const seen: Paints[] = [];
    for (let one = 0; one < TRIES; one += 1) {
      asked = [];
      await page.goto(path);
      await settled(page);
      // The largest paint is told with the frame after it.
      await page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100))),
      );
      seen.push(await page.evaluate(() => (window as unknown as { paints: Paints }).paints));
      expect(asked.length, `${path} asks ${asked.join(' ')}`).toBeLessThanOrEqual(calls);
    }
    const best = (name: keyof Paints) => Math.min(...seen.map((one) => one[name]));
    expect(best('fcp'), 'something is painted').toBeGreaterThan(0);
    expect(best('fcp')).toBeLessThan(fcp * SLOW);
    expect(best('lcp')).toBeLessThan(lcp * SLOW);
    expect(Math.max(...seen.map((one) => one.cls))).toBeLessThan(SHIFT);
  });
}

test('charts are loaded only where one is drawn', async ({ as }) => {
  const loaded: string[] = [];
  const opened = async (role: 'admin' | null, path: string) => {
    const page = await as(role);
    page.on('request', (request) => loaded.push(request.url()));
    loaded.length = 0;
    await page.goto(path);
    await settled(page);
    return loaded.filter((url) => /TrendChart|recharts/i.test(url)).length;
  };
  expect(
    await opened('admin', '/app/marketing'),
    'the chart has a file of its own',
  ).toBeGreaterThan(0);
  expect(await opened('admin', '/app/customers')).toBe(0);
  expect(await opened(null, '/login')).toBe(0);
  expect(await opened(null, '/book')).toBe(0);
});

test('a second visit asks for no file again but the page itself', async ({ as }) => {
  const page = await as('viewer');
  await page.goto('/app');
  await settled(page);
  const sent: string[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith('/assets/') && !response.fromServiceWorker())
      void response
        .request()
        .sizes()
        .then(({ responseBodySize }) => {
          if (responseBodySize > 0) sent.push(pathname);
        });
  });
  await page.reload();
  await settled(page);
  expect(sent).toEqual([]);
});

test('nothing moves for who wants no motion', async ({ as }) => {
  const page = await as('viewer');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moving = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('*')]
        .filter((one) => {
          const look = getComputedStyle(one);
          return [look.transitionDuration, look.animationDuration].some((text) =>
            text.split(', ').some((part) => parseFloat(part) > 0),
          );
        })
        .map((one) => one.className.toString()),
    );
  for (const path of ['/app', '/app/marketing', '/app/sales?month=all&panel=close_rate']) {
    await page.goto(path);
    await settled(page);
    expect(await moving(), path).toEqual([]);
  }
  await expect(page.getByRole('dialog')).toBeVisible();
});
