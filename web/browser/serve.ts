import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { request } from '@playwright/test';

/** The instant at which the demo's time stands still, so that every run shows the same. */
export const NOW = '2026-11-30T15:00:00Z';

interface Login {
  role: string;
  email: string;
  password: string;
}

/** Starts a demo of its own on a port and a folder of its own, and logs in once for each role. */
export default async function serve(): Promise<() => Promise<void>> {
  const data = await mkdtemp(join(tmpdir(), 'bookpath-browser-'));
  const site = join(import.meta.dirname, '..', 'dist', 'site');
  const args = [
    '--data',
    data,
    'serve',
    '--demo',
    '--clock',
    NOW,
    '--listen',
    '127.0.0.1:0',
    '--web',
    site,
  ];
  const program = process.env['BOOKPATH_BIN'];
  if (!program) throw new Error('BOOKPATH_BIN names no program');
  const child = spawn(program, args, {
    env: { ...process.env, RUST_LOG: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const base = await new Promise<string>((found, failed) => {
    child.once('exit', (code) => {
      failed(new Error(`serve ended with ${String(code)}`));
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const at = /^listening on (http:\S+)/.exec(line);
      if (at?.[1]) found(at[1]);
    });
  });
  process.env['BOOKPATH_URL'] = base;
  process.env['BOOKPATH_STATES'] = data;
  const asked = await request.newContext({ baseURL: base });
  const { logins } = (await (await asked.get('/local/demo')).json()) as { logins: Login[] };
  for (const { role, email, password } of logins) {
    const context = await request.newContext({ baseURL: base });
    const answer = await context.post('/api/auth/login', { data: { email, password } });
    if (!answer.ok()) throw new Error(`${role} can't log in: ${String(answer.status())}`);
    await context.storageState({ path: join(data, `${role}.json`) });
    await context.dispose();
  }
  await asked.dispose();
  return async () => {
    child.removeAllListeners('exit');
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
    await rm(data, { recursive: true, force: true });
  };
}
