import { useSearchParams } from 'react-router';
import { useFrame } from './frame';

/** The instant at which the numbers are judged, where somebody chose a past one. It stands in the address. */
export const MOMENT = 'at';

/** The instant as of which the lake is read: without what came later. */
export const KNOWN = 'known';

/** Filters of numbers that go along from page to page. */
const FILTERS = ['month', 'user', 'mode', 'campaign'];
const PAST = [MOMENT, KNOWN];
const OF_NUMBERS = /^\/app(\/sales|\/setters)?$/;

/** An RFC 3339 instant of the address, or nothing. */
export const momentIn = (params: URLSearchParams, name = MOMENT): string | null => {
  const text = params.get(name);
  return text && /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text) ? text : null;
};

/**
 * The address of a page with what goes along: the instant always, the filters among pages of numbers; no person for who
 * sees one only, since an address that names another one shows them nothing.
 */
export const carried = (path: string, params: URLSearchParams, ofOne = false): string => {
  const [bare = path, own = ''] = path.split('?');
  const kept = new URLSearchParams(own);
  const filters = FILTERS.filter((name) => !ofOne || name !== 'user');
  for (const name of OF_NUMBERS.test(bare) ? [...PAST, ...filters] : PAST) {
    const value = params.get(name);
    if (value && !kept.has(name)) kept.set(name, value);
  }
  const text = kept.toString();
  return text ? `${bare}?${text}` : bare;
};

/** Makes addresses that keep the chosen instant. */
export const useCarried = (): ((path: string) => string) => {
  const [params] = useSearchParams();
  const { role } = useFrame();
  return (path) => carried(path, params, role === 'sales');
};
