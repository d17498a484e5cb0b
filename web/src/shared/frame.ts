import { createContext, useContext } from 'react';

/** What every part of the team's page knows: the zone of its numbers and who looks at them. */
export interface Frame {
  zone: string;
  role: 'admin' | 'sales' | 'viewer';
  userId: string;
  admins: string[];
  /** The instant of the newest numbers. */
  asOf: string | null;
  /** The past instant at which the numbers are judged; nothing can be done from there. */
  at: string | null;
  /** The past instant at which tables are read as they stood then. */
  known: string | null;
  /** The business's currency: the first of those that its session types have. */
  currency: string;
}

const FrameContext = createContext<Frame>({
  zone: 'UTC',
  role: 'viewer',
  userId: '',
  admins: [],
  asOf: null,
  at: null,
  known: null,
  currency: 'USD',
});

export const FrameProvider = FrameContext.Provider;
export const useFrame = (): Frame => useContext(FrameContext);
