import { expect, it } from 'vitest';
import { press, said, show } from '@/shared/testing';
import { MaintenanceNotice } from './MaintenanceNotice';

it('names both times in the business’s zone, and is closed by whoever has read it', async () => {
  const notice = {
    from: '2026-03-07T22:00:00Z',
    until: '2026-03-07T23:30:00Z',
    text: 'A new release.',
  };
  await show(<MaintenanceNotice notice={notice} zone="America/New_York" />);
  const words = said();
  expect(words).toMatch(/7 Mar 2026.*17:00.*18:30|Mar 7, 2026.*5:00 PM.*6:30 PM/);
  expect(words).toContain('New York time');
  expect(words).toContain('A new release.');
  await press('Close the notice');
  expect(said()).not.toContain('A new release.');
});
