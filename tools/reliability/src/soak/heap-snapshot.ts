import { readFile } from 'node:fs/promises';

/** What lives in a process, in bytes. */
export interface HeapContents {
  /** Of the program: objects, strings, arrays, closures, buffers. */
  readonly objectBytes: number;
  /** Of V8 itself: code, what it knows of it and of how objects are laid out. */
  readonly codeBytes: number;
}

/**
 * What V8 makes of a program. It grows for as long as functions get hot, whatever the program does: in a soak by 2 MiB in
 * the first quarter of an hour, and hardly after that.
 */
const OF_V8: ReadonlySet<string> = new Set(['code', 'hidden', 'object shape', 'synthetic']);

interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[], ...unknown[]];
    };
  };
  readonly nodes: readonly number[];
}

/** @param file as `v8.writeHeapSnapshot` has written it, after it has collected all garbage */
export async function readHeapSnapshot(file: string): Promise<HeapContents> {
  const { snapshot, nodes } = JSON.parse(await readFile(file, 'utf8')) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  let [objectBytes, codeBytes] = [0, 0];
  for (let node = 0; node < nodes.length; node += fields.length) {
    const bytes = nodes[node + size] ?? 0;
    if (OF_V8.has(types[0][nodes[node + type] ?? 0] ?? '')) codeBytes += bytes;
    else objectBytes += bytes;
  }
  return { objectBytes, codeBytes };
}
