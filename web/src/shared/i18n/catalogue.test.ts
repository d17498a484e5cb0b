import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import es from './es';
import { pseudo } from './pseudo';
import { many, t } from './t';

/** The key of what stands in t`…`. */
const keyOf = (template: ts.TemplateLiteral): string =>
  ts.isNoSubstitutionTemplateLiteral(template)
    ? template.text
    : template.templateSpans.reduce(
        (all, span, at) => `${all}{${String(at)}}${span.literal.text}`,
        template.head.text,
      );

/** Keys of a file: of t('…') and of t`…`; of anything else, which no catalogue can have, its source. */
function keysOf(path: string): string[] {
  const source = ts.createSourceFile(
    path,
    readFileSync(path, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 't') {
      const [text] = node.arguments;
      found.push(
        text && ts.isStringLiteralLike(text) ? text.text : `not a literal: ${node.getText()}`,
      );
    }
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 't')
      found.push(keyOf(node.template));
    ts.forEachChild(node, look);
  };
  look(source);
  return found;
}

const SOURCE = 'src';
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.tsx?$/.test(name) && !/\.test\.|schema\.d/.test(name),
);
const keys = new Set(files.flatMap((name) => keysOf(join(SOURCE, name))));

it('has every text in Spanish, and none that nobody shows', () => {
  const known = Object.keys(es.texts);
  expect([...keys].filter((key) => !(key in es.texts))).toEqual([]);
  expect(known.filter((key) => !keys.has(key))).toEqual([]);
});

it('keeps the places of figures', () => {
  const places = (text: string) => [...new Set(text.match(/\{\d\}/g))].sort();
  for (const [key, text] of Object.entries(es.texts))
    expect(places(text), key).toEqual(places(key));
});

it('knows only errors that the API has', () => {
  const pages = readdirSync('../docs/errors').map((name) => name.replace('.md', ''));
  expect(Object.keys(es.errors).filter((code) => !pages.includes(code))).toEqual([]);
});

it('fills in figures and chooses the wording by the number', () => {
  const n = '1,204';
  expect(t`${n} rows`).toBe('1,204 rows');
  expect([0, 1, 2].map((one) => many(one, 'one', 'other'))).toEqual(['other', 'one', 'other']);
});

it('makes a text strange and longer, and keeps its places', () => {
  expect(pseudo('Close {0}')).toBe('⟦Çlösé {0}~~ ~⟧');
});
