import { expect, it } from 'vitest';
import { said, show } from '@/shared/testing';
import { rungWord, type Check, type Text, type Thread } from './reasons';
import { Why } from './Why';

const LADDER = [
  'number_given',
  'number_usable',
  'not_rescheduled',
  'not_canceled',
  'not_opted_out',
  'not_started',
  'no_reply',
  'slot_before_start',
  'number_verified',
];

/** A ladder on which one check failed: those after it were not asked. */
const failing = (code: string): Check[] => {
  const at = LADDER.indexOf(code);
  return LADDER.map((one, place) => ({
    code: one,
    passed: place > at ? null : place < at,
    fact: place > at ? null : `the fact of ${one}`,
    at: place === at ? '2026-03-10T14:18:00Z' : null,
    delivery_id: place === at ? '5d1c0000-0000-4000-8000-00000000beef' : null,
  }));
};

const text = (checks?: Check[]): Text => ({
  intent_id: 'i1',
  intent: 'follow_up',
  state: 'suppressed',
  reason: 'responded',
  due_at: '2026-03-10T14:30:00Z',
  judged_at: '2026-03-10T14:18:01Z',
  ...(checks ? { checks } : {}),
});

const thread: Thread = {
  status: 'RESPONDED',
  messages: [
    {
      direction: 'inbound',
      message_id: 'm1',
      at: '2026-03-10T14:18:00Z',
      body: 'Can we do Thursday?',
      reply_intent: 'reschedule',
      sentiment: 'neutral',
    },
  ],
} as unknown as Thread;

const rungs = () => [...document.querySelectorAll('ol[aria-label=Checks] > li')];
const marks = () => rungs().map((one) => one.querySelector('svg')?.getAttribute('aria-label'));

for (const code of LADDER) {
  it(`shows the ladder up to ${code}, with its fact and the webhook that told it`, async () => {
    await show(<Why text={text(failing(code))} thread={thread} />);
    const at = LADDER.indexOf(code);
    expect(marks()).toEqual(
      LADDER.map((_, place) =>
        place > at ? 'not reached' : place < at ? 'holds' : 'does not hold',
      ),
    );
    const decided = rungs()[at];
    expect(decided?.textContent).toContain(rungWord(code));
    expect(decided?.textContent).toContain(`the fact of ${code}`);
    expect(decided?.querySelector('a')?.getAttribute('href')).toBe(
      '/app/inbox?open=5d1c0000-0000-4000-8000-00000000beef',
    );
  });
}

it('names the webhook to who may not open it, and links nothing', async () => {
  await show(<Why text={text(failing('no_reply'))} thread={thread} />, '', { role: 'viewer' });
  expect(document.querySelector('a')).toBeNull();
  expect(said()).toContain('raw 5d1c…beef');
});

it('shows what decided where the API tells no ladder, with the reply', async () => {
  await show(<Why text={text()} thread={thread} />);
  expect(marks()).toEqual(['does not hold']);
  expect(said()).toContain('“Can we do Thursday?”');
});
