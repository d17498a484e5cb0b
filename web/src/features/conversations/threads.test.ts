import { expect, it } from 'vitest';
import type { Thread } from '@/shared/texts/reasons';
import { fits, needsReply } from './threads';

const out = (state: string, part: object = {}) => ({
  direction: 'outbound',
  intent_id: state,
  intent: 'follow_up',
  state,
  due_at: '2026-03-01T12:00:00Z',
  ...part,
});
const reply = (reply_intent: string) => ({
  direction: 'inbound',
  message_id: 'm',
  at: '2026-03-01T12:00:00Z',
  body: '',
  reply_intent,
  sentiment: 'neutral',
});
const thread = (...messages: object[]) => ({ status: 'RESPONDED', messages }) as unknown as Thread;

it('asks for a reply where the customer has the last word and wants something', () => {
  expect(needsReply(thread(out('sent'), reply('reschedule')))).toBe(true);
  expect(needsReply(thread(out('sent'), reply('reschedule'), out('suppressed')))).toBe(true);
  expect(needsReply(thread(reply('question'), out('sent')))).toBe(false);
  expect(needsReply(thread(out('sent'), reply('yes')))).toBe(false);
  expect(needsReply({ ...thread(out('sent'), reply('other')), status: 'OPTED_OUT' })).toBe(false);
  expect(needsReply(thread(out('pending')))).toBe(false);
});

it('looks for a reason and a kind in one and the same text', () => {
  const one = thread(
    out('suppressed', { intent: 'confirmation', reason: 'no_phone' }),
    out('suppressed', { intent: 'follow_up', reason: 'responded' }),
  );
  const of = (reason: string | null, text: string | null) =>
    fits({ show: 'not_sent', reason, text })(one);
  expect(of(null, null)).toBe(true);
  expect(of('responded', null)).toBe(true);
  expect(of('responded', 'follow_up')).toBe(true);
  expect(of('responded', 'confirmation')).toBe(false);
  expect(of('opted_out', null)).toBe(false);
  expect(fits({ show: 'opted_out', reason: null, text: null })(one)).toBe(false);
});
