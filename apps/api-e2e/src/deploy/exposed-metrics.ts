export interface ExposedMetric {
  readonly type: string;
  /** All values of each label that were seen. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What Prometheus adds to every series. */
const ADDED = ['instance', 'job'];

/** Reads the text of `/metrics`: each name a query can use, `_bucket`, `_sum` and `_count` of histograms included. */
export function exposedMetrics(text: string): ReadonlyMap<string, ExposedMetric> {
  const types = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
  const metrics = new Map<string, { type: string; labels: Map<string, Set<string>> }>();
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/gm)) {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    const type =
      types.get(name) ?? (types.get(base) === 'histogram' ? name.slice(base.length + 1) : undefined);
    if (type === undefined) throw new Error(`${name} has no type`);
    const metric = metrics.get(name) ?? { type, labels: new Map(ADDED.map((label) => [label, new Set()])) };
    metrics.set(name, metric);
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      metric.labels.set(label, (metric.labels.get(label) ?? new Set()).add(value));
    }
  }
  return metrics;
}
