import { createContext, useContext } from 'react';

/** Numbers that are newer than the shown ones, and wait until somebody asks for them. */
export interface Newer {
  waits: boolean;
  show: () => void;
}

/** What every part of the team's page knows: the zone of its numbers and who looks at them. */
export interface Frame {
  zone: string;
  role: 'admin' | 'sales' | 'viewer';
  userId: string;
  admins: string[];
  /** The instant of the shown numbers. */
  asOf: string | null;
  /** By how many seconds the shown numbers are behind, if they are the newest ones. */
  lag: number | null;
  newer: Newer;
  /** The past instant at which the numbers are judged; nothing can be done from there. */
  at: string | null;
  /** The past instant as of which the lake is read: without what came later. */
  known: string | null;
  /** The business's currency: the first of those that its session types have. */
  currency: string;
  /** What every health score begins with. */
  healthBase: number;
}

const FrameContext = createContext<Frame>({
  zone: 'UTC',
  role: 'viewer',
  userId: '',
  admins: [],
  asOf: null,
  lag: null,
  newer: { waits: false, show: () => undefined },
  at: null,
  known: null,
  currency: 'USD',
  healthBase: 50,
});

export const FrameProvider = FrameContext.Provider;
export const useFrame = (): Frame => useContext(FrameContext);

/** The chosen past instants, as the API is asked for them. */
export interface Past {
  as_of: string | null;
  known_at: string | null;
}
export const usePast = (): Past => {
  const { at, known } = useFrame();
  return { as_of: at, known_at: known };
};

/** Whether somebody looks at the past, from where nothing can be changed. */
export const useIsPast = (): boolean => {
  const { at, known } = useFrame();
  return at !== null || known !== null;
};
