import type { ExposedMetric } from './exposed-metrics';

/** Of Prometheus itself, about each scrape. */
const OF_PROMETHEUS = new Set(['up']);
const WORDS = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'and',
  'or',
  'unless',
  'bool',
  'offset',
  'inf',
  'nan',
]);
/** What counts up, and may be asked how fast. */
const COUNTED = new Set(['counter', 'bucket', 'sum', 'count']);

interface Used {
  readonly name: string;
  readonly matchers: string;
  /** Whether a time in brackets follows. */
  readonly isRange: boolean;
  /** The function right around it, if there is one. */
  readonly within: string | undefined;
}

/** @returns what is wrong with a query for somebody who has these metrics; empty when it can answer */
export function checkQuery(query: string, metrics: ReadonlyMap<string, ExposedMetric>): string[] {
  const wrong: string[] = [];
  const uses = metricsIn(query);
  if (uses.length === 0) wrong.push('it asks for no metric');
  for (const { name, matchers, isRange, within } of uses) {
    if (OF_PROMETHEUS.has(name)) continue;
    const metric = metrics.get(name);
    if (!metric) {
      wrong.push(`there is no ${name}`);
      continue;
    }
    if (isRange && !COUNTED.has(metric.type)) wrong.push(`${name} is a ${metric.type}, which has no rate`);
    if (!isRange && COUNTED.has(metric.type)) wrong.push(`${name} only grows: it needs rate() or increase()`);
    if (isRange && within !== 'rate' && within !== 'increase')
      wrong.push(`${within} of ${name} is no number`);
    for (const [, label = '', operator, value = ''] of matchers.matchAll(
      /(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g,
    )) {
      const values = metric.labels.get(label);
      if (!values) wrong.push(`${name} has no label ${label}`);
      else if (values.size > 0) {
        const fits = operator === '=~' || operator === '!~' ? new RegExp(`^(?:${value})$`) : undefined;
        const parts = fits ? value.split('|') : [value];
        const known = (part: string) =>
          [...values].some((one) => (fits ? new RegExp(`^(?:${part})$`).test(one) : one === part));
        for (const part of parts) if (!known(part)) wrong.push(`no ${name} has ${label}="${part}"`);
      }
    }
    for (const label of groupingsIn(query)) {
      if (!uses.some((use) => metrics.get(use.name)?.labels.has(label)))
        wrong.push(`nothing has the label ${label}`);
    }
  }
  if (
    /histogram_quantile/.test(query) &&
    !(uses.every(({ name }) => name.endsWith('_bucket')) && groupingsIn(query).includes('le'))
  ) {
    wrong.push('histogram_quantile needs _bucket, by le');
  }
  return [...new Set(wrong)];
}

function metricsIn(query: string): Used[] {
  // Labels of groupings are no metrics.
  const text = query.replace(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, (all) => ' '.repeat(all.length));
  const uses: Used[] = [];
  for (const match of text.matchAll(/([a-zA-Z_:][\w:]*)(\{[^}]*\})?(\[[^\]]*\])?(\s*\()?/g)) {
    const [all, name = '', matchers = '', range, call] = match;
    const before = text.slice(0, match.index);
    // Inside of matchers or of a time, a number's exponent, a word, or a function.
    if (isWithin(before, '{', '}') || isWithin(before, '[', ']')) continue;
    if (/[\d.$]$/.test(before) || WORDS.has(name.toLowerCase()) || call !== undefined || all === '') continue;
    const within = /(\w+)\s*\(\s*$/.exec(before)?.[1];
    uses.push({ name, matchers, isRange: range !== undefined, within });
  }
  return uses;
}

function isWithin(before: string, open: string, close: string): boolean {
  return before.lastIndexOf(open) > before.lastIndexOf(close);
}

function groupingsIn(query: string): string[] {
  return [...query.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, labels = '']) =>
    labels.split(',').map((label) => label.trim()),
  );
}
