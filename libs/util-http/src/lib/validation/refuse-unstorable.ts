import type { FieldError } from '../problem/problem.error';

const MAX_DEPTH = 32;

/**
 * Looks through parsed input for what no store of ours can keep, whatever the schema says: NUL characters and
 * lone surrogates (PostgreSQL refuses both), and nesting beyond 32 levels. Iterative, so that depth costs no stack.
 */
export function unstorableFields(input: unknown): FieldError[] {
  const errors: FieldError[] = [];
  const pending: { value: unknown; path: string; depth: number }[] = [{ value: input, path: '', depth: 0 }];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { value, path, depth } = item;
    if (typeof value === 'string') {
      const message = textFault(value);
      if (message) errors.push({ path, message });
    } else if (typeof value === 'object' && value !== null) {
      if (depth >= MAX_DEPTH) return [{ path: '', message: `Nested more than ${MAX_DEPTH} levels deep` }];
      for (const [key, child] of Object.entries(value)) {
        const childPath = path === '' ? key : `${path}.${key}`;
        const message = textFault(key);
        if (message) errors.push({ path, message: `A field name: ${message}` });
        pending.push({ value: child, path: childPath, depth: depth + 1 });
      }
    }
  }
  return errors;
}

function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'Must not contain the NUL character';
  if (/\p{Surrogate}/u.test(text)) return 'Must be well-formed Unicode (it contains half a surrogate pair)';
  return undefined;
}
