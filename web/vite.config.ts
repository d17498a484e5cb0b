import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { compressed } from './scripts/compressed.ts';
import { preloadedFont } from './scripts/preload.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** `npm run dev` serves the pages and asks a running `bookpath serve` for the rest. */
const API = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), tailwindcss(), preloadedFont(), compressed()],
  resolve: { alias: { '@': at('./src') } },
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    manifest: 'manifest.json',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { app: at('./app.html'), book: at('./book.html') } },
  },
  server: { proxy: { '/api': API, '/local': API, '/sandbox': API } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts', 'src/**/*.test.tsx'] },
});
