import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Imports go one way: shared <- features <- {app, book}; a feature knows no other feature. */
const notFrom = (groups, message) => ({
  'no-restricted-imports': ['error', { patterns: [{ group: groups, message }] }],
});

const CALENDAR_DAY = {
  selector: 'NewExpression[callee.name="Date"][arguments.length>0]',
  message: 'A calendar day is a string; instants are read in shared/time.ts only.',
};
const RAW_HTML = {
  selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
  message: 'No HTML from data.',
};
/** The web computes no figure: it formats what the API answers. */
const ARITHMETIC = {
  selector:
    'BinaryExpression[operator="/"], BinaryExpression[operator="*"], CallExpression[callee.property.name="reduce"]',
  message: 'The web computes no figure; scales of charts are in shared/ui/scale.ts.',
};

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/shared/api/schema.d.ts'] },
  ...tseslint.configs.strict,
  jsxA11y.flatConfigs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs['recommended-latest']?.rules,
      'max-lines': ['error', 300],
      'no-console': 'error',
      'no-restricted-syntax': ['error', CALENDAR_DAY, RAW_HTML],
    },
  },
  {
    files: ['src/shared/**/*.{ts,tsx}'],
    rules: notFrom(['@/features/*', '@/app/*', '@/book/*'], 'shared knows nobody.'),
  },
  {
    files: ['src/features/**/*.{ts,tsx}'],
    rules: {
      ...notFrom(['@/app/*', '@/book/*', '@/features/*'], 'A feature knows shared only.'),
      'no-restricted-syntax': ['error', CALENDAR_DAY, RAW_HTML, ARITHMETIC],
    },
  },
  {
    files: ['src/app/**/*.{ts,tsx}'],
    rules: notFrom(['@/book/*'], 'The team’s page knows nothing of the customers’.'),
  },
  {
    files: ['src/book/**/*.{ts,tsx}'],
    rules: notFrom(['@/app/*', '@/features/*'], 'The customers’ page knows nothing of the team’s.'),
  },
  {
    files: ['src/shared/time.ts'],
    rules: { 'no-restricted-syntax': ['error', RAW_HTML] },
  },
);
