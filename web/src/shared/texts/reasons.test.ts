import { expect, it } from 'vitest';
import { REASONS, sentenceOf, type Text } from './reasons';

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
