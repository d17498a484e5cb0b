import { expect, it, vi } from 'vitest';
import { said, show } from '@/shared/testing';
import { Tile } from './Tile';

const query = {
  data: [1, 2],
  error: null,
  isPending: false,
  isPlaceholderData: false,
  dataUpdatedAt: 0,
  refetch: () => Promise.reject(new Error('nobody asks again')),
};

it('a fault in one tile leaves what stands beside it', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const fault = (): never => {
    throw new Error('no such thing');
  };
  await show(
    <>
      <Tile query={query} what="the figures">
        {fault}
      </Tile>
      <Tile query={query} what="the rows">
        {(rows) => <p>{rows.length} rows</p>}
      </Tile>
    </>,
  );
  expect(said()).toContain('could not show the figures');
  expect(said()).toContain('2 rows');
  vi.restoreAllMocks();
});
