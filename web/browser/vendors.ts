import { createHmac } from 'node:crypto';
import { expect } from '@playwright/test';

/** The keys with which the demo's vendors sign; a business of a test's own has the same. */
const KEYS = {
  calendly: 'demo_calendly_key',
  typeform: 'demo_typeform_secret',
  close: '00112233445566778899aabbccddeeff',
};
export type Vendor = keyof typeof KEYS;

/** The keys as `bookpath serve` reads them. */
export const KEY_VARIABLES = {
  CALENDLY_WEBHOOK_SIGNING_KEYS: KEYS.calendly,
  TYPEFORM_WEBHOOK_SECRETS: KEYS.typeform,
  CLOSE_WEBHOOK_SIGNATURE_KEYS: KEYS.close,
};

/** The headers of a body that a vendor signed at an instant. */
function signed(vendor: Vendor, body: string, at: string): Record<string, string> {
  const seconds = String(Math.floor(Date.parse(at) / 1000));
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text);
  switch (vendor) {
    case 'calendly': {
      const hash = mac(KEYS.calendly, `${seconds}.${body}`).digest('hex');
      return { 'calendly-webhook-signature': `t=${seconds},v1=${hash}` };
    }
    case 'typeform':
      return { 'typeform-signature': `sha256=${mac(KEYS.typeform, body).digest('base64')}` };
    case 'close': {
      const hash = mac(Buffer.from(KEYS.close, 'hex'), `${seconds}${body}`).digest('hex');
      return { 'close-sig-timestamp': seconds, 'close-sig-hash': hash };
    }
  }
}

/** Sends a webhook as its vendor does, at an instant of the program's clock; tells which delivery it is. */
export async function send(
  url: string,
  vendor: Vendor,
  content: object,
  at: string,
): Promise<string> {
  const body = JSON.stringify(content);
  const answer = await fetch(`${url}/api/webhooks/${vendor}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signed(vendor, body, at) },
    body,
  });
  expect(answer.status, `${vendor}: ${body.slice(0, 200)}`).toBe(200);
  return ((await answer.json()) as { delivery_id: string }).delivery_id;
}

/** Everything that was begun is done. */
export async function drain(url: string): Promise<void> {
  expect((await fetch(`${url}/local/drain`, { method: 'POST' })).status).toBe(200);
}

/** Brings what is new into the tables. */
export async function etl(url: string): Promise<void> {
  const answer = await fetch(`${url}/local/etl`, { method: 'POST' });
  expect(answer.status, await answer.text()).toBe(200);
}

/** A call that somebody books. */
export interface Call {
  id: string;
  email: string;
  name?: string;
  phone?: string;
  event: string;
  /** The last part of the event type's address. */
  type?: string;
  created: string;
  start: string;
  source?: string | null;
  host?: [email: string, name: string];
}

const CALENDLY = 'https://api.calendly.com';
const HOUR_MS = 3_600_000;

export const uriOf = (id: string): string => `${CALENDLY}/scheduled_events/${id}/invitees/${id}`;

/** What Calendly tells of a call: that it was booked, cancelled, or that nobody came. */
export function calendly(
  call: Call,
  what: 'created' | 'canceled' | 'no_show' = 'created',
  at: string = call.created,
): object {
  const event = `${CALENDLY}/scheduled_events/${call.id}`;
  const canceled = what === 'canceled';
  const status = canceled ? 'canceled' : 'active';
  const [email, name] = call.host ?? ['cleo@demo.test', 'Cleo Closer'];
  return {
    event: what === 'no_show' ? 'invitee_no_show.created' : `invitee.${what}`,
    created_at: at,
    payload: {
      uri: uriOf(call.id),
      email: call.email,
      name: call.name ?? 'Priya Patel',
      status,
      timezone: 'America/New_York',
      text_reminder_number: call.phone ?? null,
      created_at: call.created,
      updated_at: at,
      rescheduled: false,
      cancellation: canceled ? { created_at: at, reason: 'x', canceler_type: 'host' } : null,
      no_show: what === 'no_show' ? { uri: `${event}/no_show`, created_at: at } : null,
      tracking: { utm_source: call.source ?? null },
      scheduled_event: {
        uri: event,
        name: call.event,
        status,
        start_time: call.start,
        end_time: new Date(Date.parse(call.start) + HOUR_MS).toISOString(),
        created_at: call.created,
        updated_at: at,
        event_type: `${CALENDLY}/event_types/${call.type ?? 'triage-call'}`,
        location: { type: 'zoom', join_url: 'https://zoom.example/priya' },
        event_memberships: [
          { user: `${CALENDLY}/users/${email}`, user_email: email, user_name: name },
        ],
      },
    },
  };
}

/** What Typeform tells of somebody who filled in the form. */
export const form = (token: string, email: string, source: string, at: string): object => ({
  event_id: `event-${token}`,
  event_type: 'form_response',
  form_response: {
    form_id: 'FORM1',
    token,
    landed_at: at,
    submitted_at: at,
    hidden: { utm_source: source },
    definition: {
      id: 'FORM1',
      title: 'Apply for a call',
      fields: [{ id: 'f1', ref: 'f1', type: 'email', title: 'Your e-mail' }],
    },
    answers: [{ type: 'email', email, field: { id: 'f1', type: 'email', ref: 'f1' } }],
  },
});

/** What Close tells of a lead, a contact or an opportunity. */
export const crm = (kind: string, id: string, lead: string, at: string, data: object): object => ({
  subscription_id: 'whsub_1',
  event: {
    id: `ev_${id}`,
    object_type: kind,
    action: 'created',
    object_id: id,
    lead_id: lead,
    date_created: at,
    date_updated: at,
    data: { id, lead_id: lead, date_created: at, date_updated: at, ...data },
  },
});
