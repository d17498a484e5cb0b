import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KNOWN_TABLES } from '@/shared/lineage/tables';
import { KEYS, TERMS } from '@/shared/numbers/keys';
import es from './es';

const read = (path: string): string => readFileSync(join('..', path), 'utf8');
const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].flatMap((match) => match[1] ?? []);
const isKnown = (term: string): boolean => term in KEYS || term in TERMS || term in es.codes;
const missing = (terms: string[]): string[] => [...new Set(terms)].filter((one) => !isKnown(one));
/** The terms of a formula that is not known as a whole, as they are looked up. */
const termsOf = (formula: string): string[] =>
  isKnown(formula) ? [] : (formula.match(/[a-z](?:[a-z0-9_ ]*[a-z0-9])?/g) ?? []);

it('has the formulas of all figures in Spanish', () => {
  const keys = read('crates/domain/src/numbers/kpi/keys.rs');
  const formulas = found(keys, /(?:sum|over)\("[a-z0-9_]+", [A-Z]\w+, "([^"]+)"/g);
  expect(formulas).toHaveLength(Object.keys(KEYS).length);
  const others = ['bookings/metrics.rs', 'messages.rs'].flatMap((file) =>
    found(read(`crates/api/src/${file}`), /"([a-z ()+]+ \/ [a-z ()+]+)"/g),
  );
  expect(others.length).toBeGreaterThan(5);
  expect(missing([...formulas, ...others].flatMap(termsOf))).toEqual([]);
});

it('has what moves the health of a customer in Spanish', () => {
  const health = read('crates/domain/src/people/customer/health.rs');
  const codes = found(health, /, "([a-z_]+)", -?\d+\)/g);
  expect(codes).toContain('no_recent_call');
  expect(missing(codes)).toEqual([]);
});

it('has the counters that every business has in Spanish', () => {
  const counters =
    /const COUNTERS[^=]*= \[([^\]]+)\]/.exec(read('crates/api/src/ops.rs'))?.[1] ?? '';
  const names = found(counters, /"([a-z_]+)"/g);
  expect(names).toContain('dead_letters');
  expect(missing(names)).toEqual([]);
});

it('has the columns of all tables in Spanish, and words for the tables', () => {
  for (const layer of ['gold', 'silver']) {
    const files = readdirSync(`../models/${layer}`).filter((name) => name.endsWith('.yml'));
    for (const file of files) {
      const columns = found(read(`models/${layer}/${file}`), /^ +- \{? ?name: ([a-z_0-9]+)/gm);
      expect(
        columns.filter((one) => !(one in es.codes)),
        file,
      ).toEqual([]);
    }
    const tables = files.map((name) => `${layer}.${name.replace('.yml', '')}`);
    expect(KNOWN_TABLES).toEqual(expect.arrayContaining(tables));
  }
});
