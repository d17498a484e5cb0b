// Compares what each page loads at first with its budget, from the build's own manifest. Sizes are gzip.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SITE = 'dist/site';
const KB = 1000;
const BUDGETS = {
  'book.html': { js: 90, css: 15, font: 50 },
  'app.html': { js: 200, css: 25, font: 50 },
};
const CHARTS = 130;

const manifest = JSON.parse(readFileSync(join(SITE, 'manifest.json'), 'utf8'));
const size = (file) =>
  statSync(join(SITE, /\.(js|css)$/.test(file) ? `${file}.gz` : file)).size / KB;

/** What an entry loads at once: itself and what it imports, not what it imports later. */
const loaded = (entry, seen = new Set()) => {
  if (seen.has(entry)) return [];
  seen.add(entry);
  const { file, css = [], assets = [], imports = [] } = manifest[entry];
  return [file, ...css, ...assets, ...imports.flatMap((one) => loaded(one, seen))];
};

const kind = (file) => (file.endsWith('.js') ? 'js' : file.endsWith('.css') ? 'css' : 'font');
const sum = (files) => files.reduce((all, file) => all + size(file), 0);

const lines = Object.entries(BUDGETS).flatMap(([entry, budget]) => {
  const files = [...new Set(loaded(entry))];
  return Object.entries(budget).map(([name, most]) => [
    `${entry} ${name}`,
    sum(files.filter((file) => kind(file) === name)),
    most,
  ]);
});
const charts = Object.values(manifest).find((chunk) => chunk.name === 'TrendChart');
lines.push(['charts js', size(charts.file), CHARTS]);

for (const [name, used, most] of lines) {
  console.log(`${name.padEnd(16)} ${used.toFixed(1).padStart(7)} of ${String(most)} kB`);
}
const over = lines.filter(([, used, most]) => used > most).map(([name]) => name);
if (over.length > 0) {
  console.error(`over the budget: ${over.join(', ')}`);
  process.exit(1);
}
