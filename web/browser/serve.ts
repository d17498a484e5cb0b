import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from '@playwright/test';
import { serve } from './program';

/** The instant at which the demo's time stands still, so that every run shows the same. */
export const NOW = '2026-11-30T15:00:00Z';

interface Login {
  role: string;
  email: string;
  password: string;
}

/** Logs in to a demo once for each role; their cookies are kept in a folder. */
export async function logIn(url: string, folder: string): Promise<void> {
  const asked = await request.newContext({ baseURL: url });
  const { logins } = (await (await asked.get('/local/demo')).json()) as { logins: Login[] };
  for (const { role, email, password } of logins) {
    const context = await request.newContext({ baseURL: url });
    const answer = await context.post('/api/auth/login', { data: { email, password } });
    if (!answer.ok()) throw new Error(`${role} can't log in: ${String(answer.status())}`);
    await context.storageState({ path: join(folder, `${role}.json`) });
    await context.dispose();
  }
  await asked.dispose();
}

/** Starts a demo that all tests share, on a port and a folder of its own; a copy of its data is for tests that change much. */
export default async function shared(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'bookpath-browser-'));
  const data = join(folder, 'data');
  const demo = await serve(data, NOW, ['--demo']);
  process.env['BOOKPATH_URL'] = demo.url;
  process.env['BOOKPATH_STATES'] = folder;
  await cp(data, join(folder, 'original'), { recursive: true });
  await logIn(demo.url, folder);
  return async () => {
    await demo.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
