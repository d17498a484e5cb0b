import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

/** Debian's Chromium, which needs no download of its own. */
const launchOptions = {
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
};

export default defineConfig({
  testDir: 'browser',
  // Pictures are taken when somebody asks for them.
  testIgnore: process.env['SCREENS'] ? [] : ['screens.spec.ts'],
  outputDir: join(tmpdir(), 'bookpath-browser-results'),
  globalSetup: './browser/serve.ts',
  workers: 2,
  fullyParallel: true,
  retries: 0,
  // Limits for a machine that is busy with other checks; a quiet one needs a tenth.
  timeout: 480_000,
  expect: { timeout: 90_000 },
  reporter: [['list']],
  use: {
    launchOptions,
    locale: 'en-GB',
    timezoneId: 'Pacific/Auckland',
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
  },
});
