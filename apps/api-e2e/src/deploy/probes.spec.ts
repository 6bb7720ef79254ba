import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const read = (path: string) => readFileSync(resolve(__dirname, '../../../..', path), 'utf8');

/** Name, and each path and number, of every probe in a piece of YAML, however it is broken into lines. */
function probesOf(yaml: string): [string, string[]][] {
  const found = [...yaml.matchAll(/(\w+Probe):([^]*?)(?=\w+Probe:|securityContext|```|$)/g)];
  return found.map(([, name = '', words = '']) => [
    name,
    (words.match(/(path: [\w/]+|port: \w+|\w+(Seconds|Threshold): \d+)/g) ?? []).sort(),
  ]);
}

it('the guide to production has the probes of deploy/kubernetes.yml', () => {
  const guide = probesOf(read('docs/guides/production.md'));
  expect(guide.map(([name, words]) => [name, words.length])).toEqual([
    ['startupProbe', 4],
    ['livenessProbe', 5],
    ['readinessProbe', 5],
  ]);
  expect(guide).toEqual(probesOf(read('deploy/kubernetes.yml')));
});
