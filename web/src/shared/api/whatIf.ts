import { api, unwrap, type Schema } from './client';

export type WhatIf = Schema['WhatIfView'];
/** What one wait before the follow-up would have meant. */
export type Wait = Schema['WaitView'];

/** Minutes that are tried, the shortest first. */
export const STOPS = [5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240];

/** What each of the waits would have meant for the conversations of a period, from one request. */
export const whatIf = (from: string, to: string): Promise<WhatIf> =>
  unwrap(
    api.GET('/api/messages/what-if', {
      params: {
        query: { wait: STOPS.map((minutes) => `${String(minutes)}m`).join(','), from, to },
      },
    }),
  );

/** A wait in minutes, as its stops are named. */
export const minutesOf = (seconds: number): number => Math.round(seconds / 60);
