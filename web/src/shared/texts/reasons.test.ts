import { expect, it } from 'vitest';
import { REASONS, sentenceOf, type Text, type Thread } from './reasons';

const text = (state: string, reason: string | null = null): Text => ({
  intent_id: 'i1',
  intent: 'follow_up',
  state,
  reason,
  due_at: '2026-03-10T14:30:00Z',
});

it('says why a text was not sent, for each reason', () => {
  for (const reason of Object.keys(REASONS)) {
    const sentence = sentenceOf(text('suppressed', reason));
    expect(sentence).toMatch(/^Follow-up not sent: .{10,}/);
    expect(sentence).not.toContain('_');
  }
});

it('says what a text waits for, and that an unknown one is never sent twice', () => {
  expect(sentenceOf(text('pending'))).toContain('unless the customer replies');
  expect(sentenceOf(text('unknown'))).toContain('never sent twice');
  expect(sentenceOf(text('sent'))).toBe('Follow-up sent');
});

it('says how long before it was due the customer replied', () => {
  const thread = {
    status: 'RESPONDED',
    messages: [{ direction: 'inbound', message_id: 'm1', at: '2026-03-10T14:18:00Z' }],
  } as unknown as Thread;
  const words = 'Follow-up not sent: the customer replied 12 min before it was due';
  expect(sentenceOf(text('suppressed', 'responded'), thread)).toBe(words);
  const at = '2026-03-10T14:18:00Z';
  const checks = [{ code: 'no_reply', passed: false, at }];
  expect(sentenceOf({ ...text('suppressed', 'responded'), checks })).toBe(words);
});
