import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { cut, fits } from './axe';
import { detailPages, PAGES, settled } from './pages';
import { expect, test } from './world';

const spanish = (area: string) =>
  JSON.parse(
    readFileSync(
      join(import.meta.dirname, '..', 'src', 'shared', 'i18n', 'es', `${area}.json`),
      'utf8',
    ),
  ) as Record<string, string>;
const ES = ['frame', 'numbers', 'people', 'system'].reduce(
  (all, area) => ({ ...all, ...spanish(area) }),
  {} as Record<string, string>,
);

const speak = (page: Page, language: string) =>
  page.addInitScript((name) => {
    localStorage.setItem('bookpath.language', name);
  }, language);

/** What a page writes: texts and labels, each with what is around it. */
const written = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent && !parent.closest('script,style,kbd,code,noscript'))
        found.push(node.textContent ?? '');
    }
    for (const one of document.querySelectorAll('[aria-label],[title],[placeholder]'))
      for (const name of ['aria-label', 'title', 'placeholder'])
        found.push(one.getAttribute(name) ?? '');
    return found.map((text) => text.trim()).filter((text) => /[a-z]{2}/i.test(text));
  });

/** Names that are the same in every language: months and zones as `Intl` writes them, products, units. */
const NAMES =
  /\b(?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]*\b|New York|Auckland|UTC|Bookpath|CSV|SHA-256|Stripe|Español|English|Esc\b|n=|US\$|\bms\b/g;

/** As data and page write the same name: underscores are blanks, and no mark says where a line may break. */
const plain = (text: string): string =>
  text.toLowerCase().replaceAll('\u200b', '').replaceAll(/[_/=]/g, ' ');

/** A text without what went through a catalogue, the inner parts first. */
function untranslated(text: string): string {
  const rest = text.replaceAll(/⟦[^⟦⟧]*⟧/g, ' ');
  return rest === text ? rest : untranslated(rest);
}

/** Parts of a text that went through no catalogue and are in no answer of the API; ids may be shortened. */
const missing = (text: string, answers: string): string =>
  untranslated(text)
    .split(/[\n·,:;()“”→÷]+/)
    .filter((part) => !answers.includes(plain(part).trim()))
    .map((part) => part.replaceAll(NAMES, ' '))
    .map((part) => plain(part).trim().replace(/^\d+ /, ''))
    .filter(
      (part) => /[a-z]{2}/.test(part) && !/…|[-.@]\w|\w\d{3}/.test(part) && !answers.includes(part),
    )
    .join(' | ');

test('no text of the team’s pages is without its translation', async ({ as }) => {
  const page = await as('admin');
  await speak(page, 'pseudo');
  let answers = '';
  page.on('response', (response) => {
    if (response.url().includes('/api/'))
      void response.text().then(
        (text) => (answers += plain(text)),
        () => undefined,
      );
  });
  const left: string[] = [];
  for (const [path] of [...PAGES, ...(await detailPages(page))]) {
    await page.goto(path);
    await settled(page);
    answers += plain(decodeURIComponent(path));
    for (const text of await written(page)) {
      const rest = missing(text, answers);
      if (rest) left.push(`${path}: ${rest}`);
    }
  }
  expect([...new Set(left)]).toEqual([]);
});

test('the team’s pages speak Spanish, and the choice stays', async ({ as }) => {
  const page = await as('admin');
  await page.goto('/app/account');
  await page.getByLabel('Language').selectOption('es');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Cuenta');
  await expect(page.locator('html')).toHaveAttribute('lang', 'es');
  for (const [path, headline] of PAGES) {
    await page.goto(path);
    await settled(page, ES[headline] ?? `no Spanish for ${headline}`);
  }
});

for (const width of [320, 1440]) {
  test.describe(`${String(width)} pixels`, () => {
    test.use({ viewport: { width, height: 800 } });
    test(`texts that are 40 % longer fit ${String(width)} pixels`, async ({ as }) => {
      const page = await as('admin');
      await speak(page, 'pseudo');
      for (const [path] of PAGES) {
        await page.goto(path);
        await settled(page);
        await fits(page, path);
        expect(await cut(page), path).toEqual([]);
      }
    });
  });
}
