import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import type { Business } from './business';
import { NOW } from './serve';
import { calendly, drain, send } from './vendors';

export type Role = 'admin' | 'sales' | 'viewer';

interface World {
  /** The address of the demo. */
  url: string;
  /** Opens pages as a role, of the demo or of another business; faults of the page fail the test. */
  as: (role: Role | null, options?: Opening) => Promise<Page>;
}

interface Opening {
  of?: Business;
  timezoneId?: string;
  /** The instant that the browser's clock shows. */
  now?: string;
}

/** What a page complained about: errors of scripts, and what its policy refused. */
const complaints = (page: Page): string[] => {
  const found: string[] = [];
  page.on('pageerror', (error) => found.push(error.message));
  page.on('console', (message) => {
    const text = message.text();
    // An answer of 4xx is told by the browser itself; tests look at what the page shows for it.
    if (message.type() === 'error' && !/Failed to load resource/.test(text)) found.push(text);
  });
  return found;
};

export const test = base.extend<World>({
  url: async ({}, use) => {
    await use(process.env['BOOKPATH_URL'] ?? '');
  },
  as: async ({ browser, url, viewport, colorScheme }, use) => {
    const heard: string[][] = [];
    const opened: (() => Promise<void>)[] = [];
    await use(async (role, { of, timezoneId, now = NOW } = {}) => {
      const states = of?.states ?? process.env['BOOKPATH_STATES'] ?? '';
      const context = await browser.newContext({
        baseURL: of?.url ?? url,
        viewport,
        colorScheme,
        ...(timezoneId ? { timezoneId } : {}),
        ...(role ? { storageState: join(states, `${role}.json`) } : {}),
      });
      opened.push(() => context.close());
      const page = await context.newPage();
      await page.clock.setFixedTime(now);
      heard.push(complaints(page));
      return page;
    });
    for (const close of opened) await close();
    expect(heard.flat(), 'what pages complained about').toEqual([]);
  },
});

export { expect };

const DAYS_3 = 3 * 86_400_000;

/** An invitee that Calendly tells of, with its address; once more with `canceled`, for the end of it. */
export async function booked(url: string, canceled?: string): Promise<string> {
  const id = canceled?.split('@')[0] ?? randomUUID();
  const email = `${id}@example.test`;
  const call = {
    id,
    email,
    event: 'Strategy session',
    type: 'strategy-call',
    created: NOW,
    start: new Date(Date.parse(NOW) + DAYS_3).toISOString(),
    source: 'facebook',
  };
  await send(url, 'calendly', calendly(call, canceled ? 'canceled' : 'created'), NOW);
  await drain(url);
  return email;
}

/** The newest letter to an address whose link opens a booking. */
export async function link(url: string, email: string): Promise<string> {
  const mail = (await (await fetch(`${url}/local/mail`)).json()) as {
    letters: { to: string; body: string }[];
  };
  const letter = mail.letters.findLast((one) => one.to === email);
  const found = /https?:\S+#token=[0-9a-f]{32}/.exec(letter?.body ?? '');
  expect(found, `a letter to ${email} has a link`).not.toBeNull();
  return found?.[0] ?? '';
}

/** Asks for the link of a booking, as somebody does who lost it. */
export async function recovered(url: string, email: string): Promise<string> {
  const answer = await fetch(`${url}/api/bookings/recover`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
  });
  expect(answer.status).toBe(202);
  return link(url, email);
}
