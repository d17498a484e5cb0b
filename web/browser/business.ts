import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from '@playwright/test';
import { command, serve } from './program';
import { logIn, NOW } from './serve';
import { KEY_VARIABLES } from './vendors';

/** A business of a test's own, which it may change as it likes. */
export interface Business {
  url: string;
  /** The folder of the roles' cookies. */
  states: string;
  close: () => Promise<void>;
}

const folder = () => mkdtemp(join(tmpdir(), 'bookpath-own-'));
const remove = (path: string) => rm(path, { recursive: true, force: true });

/** A copy of the demo as it began. */
export async function demoCopy(): Promise<Business> {
  const states = await folder();
  const data = join(states, 'data');
  await cp(join(process.env['BOOKPATH_STATES'] ?? '', 'original'), data, { recursive: true });
  const program = await serve(data, NOW, ['--demo']);
  await logIn(program.url, states);
  const close = async () => {
    await program.stop();
    await remove(states);
  };
  return { url: program.url, states, close };
}

const EMAIL = 'admin@example.test';
const PASSWORD = 'correct horse battery staple';

/** An empty business with rules of its own and an admin, at an instant. */
export async function empty(
  now: string,
  rules: string,
  variables: Record<string, string> = {},
): Promise<Business> {
  const states = await folder();
  const data = join(states, 'data');
  await mkdir(data);
  await writeFile(join(data, 'bookpath.toml'), rules);
  await command(data, ['users', 'add', '--email', EMAIL, '--role', 'admin'], PASSWORD);
  const program = await serve(data, now, [], { ...KEY_VARIABLES, ...variables });
  const asked = await request.newContext({ baseURL: program.url });
  const answer = await asked.post('/api/auth/login', {
    data: { email: EMAIL, password: PASSWORD },
  });
  if (!answer.ok()) throw new Error(`the admin can't log in: ${String(answer.status())}`);
  await asked.storageState({ path: join(states, 'admin.json') });
  await asked.dispose();
  const close = async () => {
    await program.stop();
    await remove(states);
  };
  return { url: program.url, states, close };
}
