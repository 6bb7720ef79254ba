import type { Draft } from './draft';

/** Changes a JSON file without comments, such as a package.json; its indentation stays. */
export function editJson<T>(draft: Draft, path: string, change: (json: T) => void): void {
  const text = draft.read(path);
  const json = JSON.parse(text) as T;
  const before = JSON.stringify(json);
  change(json);
  if (JSON.stringify(json) === before) return;
  const indent = /^[\[{]\r?\n([ \t]+)/.exec(text)?.[1] ?? 2;
  draft.edit(path, JSON.stringify(json, null, indent) + (text.endsWith('\n') ? '\n' : ''));
}
