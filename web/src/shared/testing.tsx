import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { NuqsTestingAdapter } from 'nuqs/adapters/testing';
import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { MemoryRouter } from 'react-router';
import { afterEach, vi } from 'vitest';
import { FrameProvider, type Frame } from './frame';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
  vi.unstubAllGlobals();
});

const FRAME: Frame = {
  zone: 'America/New_York',
  role: 'admin',
  userId: 'u1',
  admins: [],
  asOf: '2026-04-01T04:00:00Z',
  lag: 120,
  newer: { waits: false, show: () => undefined },
  at: null,
  known: null,
  currency: 'USD',
  healthBase: 50,
};

/** A call that a page made. */
export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

/** Answers the page's calls by what `answer` says, a whole answer as it is; `undefined` is 404. Gives the calls that were made. */
export function server(answer: (call: Call) => unknown): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal('fetch', async (input: Request | string, init?: RequestInit) => {
    const isText = typeof input === 'string';
    const { pathname, searchParams } = new URL(isText ? input : input.url, 'http://x');
    const body = isText ? init?.body : await input.text();
    const call = {
      method: (isText ? init?.method : input.method) ?? 'GET',
      path: pathname,
      query: searchParams,
      body: typeof body === 'string' && body !== '' ? (JSON.parse(body) as unknown) : null,
    };
    calls.push(call);
    const found = await Promise.resolve(answer(call));
    if (found instanceof Response) return found;
    return found === undefined
      ? Response.json({ code: 'not_found', detail: 'There is no such thing.' }, { status: 404 })
      : Response.json(found);
  });
  return calls;
}

/** Lets everything happen that is on its way. */
export const settle = () =>
  act(async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setTimeout(done, 0));
  });

/** Shows a part of the team's page at an address; what it shows is in `document.body`. */
export async function show(
  part: ReactNode,
  address = '',
  frame: Partial<Frame> = {},
): Promise<void> {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const host = document.body.appendChild(document.createElement('div'));
  const root = createRoot(host);
  open.push(() => {
    act(() => {
      root.unmount();
    });
    host.remove();
  });
  act(() => {
    root.render(
      <QueryClientProvider client={client}>
        <MemoryRouter initialEntries={[`/app${address}`]}>
          <NuqsTestingAdapter searchParams={address} hasMemory>
            <FrameProvider value={{ ...FRAME, ...frame }}>{part}</FrameProvider>
          </NuqsTestingAdapter>
        </MemoryRouter>
      </QueryClientProvider>,
    );
  });
  await settle();
}

/** What the page says now. */
export const said = (): string => document.body.textContent ?? '';

/** Presses the button of this name. */
export async function press(name: string | RegExp): Promise<void> {
  const fits = (button: Element) => {
    const text = button.getAttribute('aria-label') ?? button.textContent ?? '';
    return typeof name === 'string' ? text.trim() === name : name.test(text);
  };
  const button = [...document.querySelectorAll('button')].find(fits);
  if (!button) throw new Error(`no button ${String(name)} in: ${said()}`);
  act(() => {
    button.click();
  });
  await settle();
}

/** Opens what unfolds below these words. */
export async function unfold(words: string): Promise<void> {
  const details = [...document.querySelectorAll('details')];
  const found = details.find((one) => one.querySelector('summary')?.textContent.includes(words));
  if (!found) throw new Error(`nothing unfolds below ${words} in: ${said()}`);
  act(() => {
    found.open = true;
    found.dispatchEvent(new Event('toggle'));
  });
  await settle();
}
