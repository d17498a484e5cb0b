import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A running `bookpath serve`. */
export interface Program {
  /** Where it answers. */
  url: string;
  stop: () => Promise<void>;
}

const binary = (): string => {
  const program = process.env['BOOKPATH_BIN'];
  if (!program) throw new Error('BOOKPATH_BIN names no program');
  return program;
};

const environment = (own: Record<string, string>) => ({
  ...process.env,
  RUST_LOG: 'warn',
  ...own,
});

/** Starts `bookpath serve` with this build of the pages, on a free port and a clock that stands still. */
export async function serve(
  data: string,
  now: string,
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<Program> {
  await mkdir(data, { recursive: true });
  const site = join(import.meta.dirname, '..', 'dist', 'site');
  const all = ['--data', data, 'serve', '--clock', now, '--listen', '127.0.0.1:0', '--web', site];
  const child = spawn(binary(), [...all, ...args], {
    cwd: data,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((found, failed) => {
    child.once('exit', (code) => {
      failed(new Error(`serve ended with ${String(code)}`));
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const at = /^listening on (http:\S+)/.exec(line);
      if (at?.[1]) found(at[1]);
    });
  });
  return { url, stop: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit');
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await gone;
}

/** Runs a command of `bookpath` over a folder, with a text as its input. */
export async function command(data: string, args: string[], input: string): Promise<void> {
  const child = spawn(binary(), ['--data', data, ...args], {
    cwd: data,
    env: environment({}),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(input);
  const code = await new Promise((done) => child.once('exit', done));
  if (code !== 0) throw new Error(`bookpath ${args.join(' ')} ended with ${String(code)}`);
}
