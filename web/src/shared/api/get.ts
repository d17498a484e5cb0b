import { ApiError, type Schema } from './client';

/** What stands in a query; `undefined` and `null` are left out. */
export type Query = Record<string, string | number | boolean | null | undefined>;

/** An address of the API with its query. */
export const address = (path: string, query: Query = {}): string => {
  const [bare = path, own = ''] = path.split('?');
  const params = new URLSearchParams(own);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return text ? `${bare}?${text}` : bare;
};

async function answer<T>(asked: Promise<Response>): Promise<T> {
  const response = await asked.catch(() => null);
  if (!response) throw new ApiError(0, null);
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    throw new ApiError(response.status, (body ?? {}) as Partial<Schema['Problem']>, response);
  }
  return body as T;
}

/** The answer at an address that the server itself made, as those of drills are. */
export const get = <T>(path: string, query: Query = {}): Promise<T> =>
  answer<T>(fetch(address(path, query), { headers: { accept: 'application/json' } }));

/** What the server answers to a body. */
export const post = <T>(path: string, body: unknown): Promise<T> =>
  answer<T>(
    fetch(path, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );

/** What the server answers to a file. It goes as its bytes: text that is not UTF-8 would be replaced in silence. */
export const upload = <T>(path: string, query: Query, file: File, type: string): Promise<T> =>
  answer<T>(
    fetch(address(path, query), {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': type },
      body: file,
    }),
  );

/** What the server answers to a call without a body. */
export const send = <T>(method: 'DELETE', path: string, query: Query = {}): Promise<T> =>
  answer<T>(fetch(address(path, query), { method, headers: { accept: 'application/json' } }));
