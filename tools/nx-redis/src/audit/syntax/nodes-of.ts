import ts from 'typescript';

const known = new WeakMap<ts.Node, readonly ts.Node[]>();

/** Every node below and including one, in order. Those of a file are asked for often, and kept. */
export function nodesOf(root: ts.Node): readonly ts.Node[] {
  const kept = known.get(root);
  if (kept) return kept;
  const nodes: ts.Node[] = [];
  // No recursion: what a generator wrote may be nested deeper than the stack is.
  const waiting: ts.Node[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    nodes.push(node);
    const children: ts.Node[] = [];
    ts.forEachChild(node, (child) => void children.push(child));
    while (children.length > 0) waiting.push(children.pop() as ts.Node);
  }
  if (ts.isSourceFile(root)) known.set(root, nodes);
  return nodes;
}
