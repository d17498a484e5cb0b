import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { useIsPast } from '@/shared/frame';

/** Letters from which on people are looked for. */
const LETTERS = 3;
const PAUSE_MS = 200;
const SHOWN = 6;

interface People {
  items: Schema['CustomerRow'][];
  /** So many fit beside those. */
  more: number;
}

/** The customers whose name or address has the text, once nobody has typed for a moment. Nothing of it is kept. */
export function usePeople(text: string): People {
  const past = useIsPast();
  const [asked, ask] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => {
      ask(text);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  const query = useQuery({
    queryKey: ['people', asked],
    queryFn: () =>
      unwrap(api.GET('/api/customers', { params: { query: { q: asked, limit: SHOWN } } })),
    enabled: asked.length >= LETTERS && !past,
    gcTime: 0,
  });
  const found = asked === text && asked.length >= LETTERS ? query.data : undefined;
  const items = found?.items ?? [];
  return { items, more: (found?.total ?? items.length) - items.length };
}
