import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import { NOW } from './serve';

export type Role = 'admin' | 'sales' | 'viewer';

interface World {
  /** The address of the demo. */
  url: string;
  /** Opens pages as a role; faults of the page fail the test. */
  as: (role: Role | null, browser?: { timezoneId: string }) => Promise<Page>;
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
    await use(async (role, own = undefined) => {
      const states = process.env['BOOKPATH_STATES'] ?? '';
      const context = await browser.newContext({
        baseURL: url,
        viewport,
        colorScheme,
        ...own,
        ...(role ? { storageState: join(states, `${role}.json`) } : {}),
      });
      opened.push(() => context.close());
      const page = await context.newPage();
      await page.clock.setFixedTime(NOW);
      heard.push(complaints(page));
      return page;
    });
    for (const close of opened) await close();
    expect(heard.flat(), 'what pages complained about').toEqual([]);
  },
});

export { expect };

/** Sends a body as Calendly does, signed with the demo's key. */
async function calendly(url: string, body: string): Promise<void> {
  const seconds = String(Math.floor(Date.parse(NOW) / 1000));
  const sign = createHmac('sha256', 'demo_calendly_key').update(`${seconds}.${body}`).digest('hex');
  const headers = {
    'calendly-webhook-signature': `t=${seconds},v1=${sign}`,
    'content-type': 'application/json',
  };
  const answer = await fetch(`${url}/api/webhooks/calendly`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
  await fetch(`${url}/local/drain`, { method: 'POST' });
}

/** An invitee that Calendly tells of, with its address; once more with `canceled`, for the end of it. */
export async function booked(url: string, canceled?: string): Promise<string> {
  const name = canceled?.split('@')[0] ?? randomUUID();
  const start = new Date(Date.parse(NOW) + 3 * 86_400_000);
  const end = new Date(start.getTime() + 3_600_000);
  const event = `https://api.calendly.com/scheduled_events/${name}`;
  const uri = `${event}/invitees/${name}`;
  const email = `${name}@example.test`;
  const body = JSON.stringify({
    event: canceled ? 'invitee.canceled' : 'invitee.created',
    created_at: NOW,
    payload: {
      uri,
      email,
      name: 'Priya Patel',
      status: canceled ? 'canceled' : 'active',
      cancellation: canceled ? { created_at: NOW, reason: 'x', canceler_type: 'host' } : null,
      timezone: 'America/New_York',
      created_at: NOW,
      updated_at: NOW,
      rescheduled: false,
      tracking: { utm_source: 'facebook' },
      scheduled_event: {
        uri: event,
        name: 'Strategy session',
        status: 'active',
        start_time: start.toISOString(),
        end_time: end.toISOString(),
        created_at: NOW,
        updated_at: NOW,
        event_type: 'https://api.calendly.com/event_types/strategy-call',
        location: { type: 'zoom', join_url: 'https://zoom.example/priya' },
        event_memberships: [
          {
            user: 'https://api.calendly.com/users/U1',
            user_email: 'cleo@demo.test',
            user_name: 'Cleo Closer',
          },
        ],
      },
    },
  });
  await calendly(url, body);
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
