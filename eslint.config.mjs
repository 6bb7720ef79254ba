// ESLint 10 reads no .eslintrc.json by itself; the rules are all there, and nothing is added here.
import { readFileSync } from 'node:fs';
import { FlatCompat } from '@eslint/eslintrc';

const rules = JSON.parse(readFileSync(new URL('.eslintrc.json', import.meta.url), 'utf8'));

export default new FlatCompat({ baseDirectory: import.meta.dirname }).config(rules);
