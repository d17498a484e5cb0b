import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schema = components['schemas'];

/** Calls by the API's own document. */
export const api = createClient<paths>({
  baseUrl: '',
  headers: { accept: 'application/json' },
  fetch: (request) => fetch(request),
});

/** An answer that is no success, as problem JSON; or no answer at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly retryAfter: number | null;
  /** What else the answer has: the faults of a file. */
  readonly extensions: Record<string, unknown>;

  constructor(status: number, problem: Partial<Schema['Problem']> | null, response?: Response) {
    super(problem?.detail ?? 'There is no connection to the server.');
    this.status = status;
    this.code = problem?.code ?? (status === 0 ? 'offline' : 'unknown');
    this.requestId = problem?.request_id ?? null;
    this.extensions = problem?.extensions ?? {};
    const after = Number(response?.headers.get('retry-after'));
    this.retryAfter = after > 0 ? after : null;
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The JSON of an answer that is also there as a file (`format=csv`), which is a text. */
type Json<T> = [Exclude<T, string>] extends [never] ? T : Exclude<T, string>;

/** The data of a call, or an [ApiError]. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<Json<T>> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch {
    throw new ApiError(0, null);
  }
  if (!answer.response.ok) {
    const problem = answer.error as Partial<Schema['Problem']> | null;
    throw new ApiError(answer.response.status, problem ?? {}, answer.response);
  }
  return answer.data as Json<T>;
}

/** `Bearer` with a booking's own token. */
export const bearer = (token: string): { authorization: string } => ({
  authorization: `Bearer ${token}`,
});
