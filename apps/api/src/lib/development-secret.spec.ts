import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { developmentSecret } from './development-secret';

const folder = mkdtempSync(join(tmpdir(), 'sluice-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('developmentSecret', () => {
  it('is made once and kept for its owner only', () => {
    const secret = developmentSecret(join(folder, 'data'));
    expect(secret.length).toBeGreaterThanOrEqual(32);
    expect(developmentSecret(join(folder, 'data'))).toBe(secret);
    expect(statSync(join(folder, 'data', 'app-secret')).mode & 0o777).toBe(0o600);
  });

  it('lasts as long as the process where nothing can be written', () => {
    expect(developmentSecret('/dev/null/data').length).toBeGreaterThanOrEqual(32);
  });
});
