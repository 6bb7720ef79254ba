import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HTTP_BOUNDS } from './http-bounds';

const ROOT = join(__dirname, '../../../..');
const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const SECURITY = textOf('SECURITY.md');

const files = [...SECURITY.matchAll(/`((?:apps|libs|tools|\.github)\/[\w./-]+)`/g)].map(
  ([, path]) => path ?? '',
);
const threats = (/## Threats\n([^]*?)\n## /.exec(SECURITY)?.[1] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('SECURITY.md', () => {
  it.each([...new Set(files)])('%s is there', (path) => expect(existsSync(join(ROOT, path))).toBe(true));

  it('names for each threat what stands against it, and a test that shows it', () => {
    expect(threats.length).toBeGreaterThan(20);
    for (const [, threat = '', against = '', shown = ''] of threats) {
      expect(against).not.toBe('');
      expect([threat, shown]).toEqual([
        threat,
        expect.stringMatching(/^`[\w./-]+\.spec\.ts`(, `[\w./-]+\.spec\.ts`)*$/),
      ]);
    }
  });

  it('names variables that the README has', () => {
    const readme = textOf('README.md');
    const names = [...SECURITY.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('gives the bounds of the code', () => {
    const { headers, address, queryFields, headersTimeout, requestTimeout, bodyBytes, headerBytes } =
      HTTP_BOUNDS;
    for (const words of [
      `body (${bodyBytes / 2 ** 20} MiB)`,
      `headers (${headerBytes / 1024} KiB, ${headers})`,
      `address (${address.toLocaleString('en')} characters)`,
      `query (${queryFields} fields)`,
      `${headersTimeout / 1_000} s for the headers and ${requestTimeout / 1_000} s for the whole`,
    ])
      expect(SECURITY).toContain(words);
  });

  it('says of the audit of dependencies what is run', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    expect(scripts['audit']).toBe('npm audit --omit=dev --audit-level=high');
    const workflow = textOf('.github/workflows/dependency-audit.yml');
    for (const words of ['run: npm run audit', 'package-lock.json', 'schedule:'])
      expect(workflow).toContain(words);
  });
});
