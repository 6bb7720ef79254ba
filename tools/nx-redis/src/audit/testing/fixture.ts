import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const FOLDER = join(__dirname, '../fixtures');

/** The truth about a fixture, written by hand before the audit reads it. Paths are relative to the fixture. */
export interface Labels {
  /** `path:line kind opens` */
  places?: string[];
  /** `path:line what by` */
  injections?: string[];
  /** `path class` */
  through?: string[];
  /** `path:line rule` */
  violations?: string[];
  clients?: number;
}

export const FIXTURES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.labels.json'))
  .map((name) => name.replace('.labels.json', ''))
  .sort();

export function labelsOf(fixture: string): Labels {
  return JSON.parse(readFileSync(join(FOLDER, `${fixture}.labels.json`), 'utf8')) as Labels;
}

/** The fixture as a repository of its own: a copy in which files have their real names. */
export class FixtureRepository {
  readonly root = mkdtempSync(join(tmpdir(), 'audit-fixture-'));

  constructor(fixture?: string) {
    if (fixture === undefined) return;
    const from = join(FOLDER, fixture);
    for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.template')) continue;
      const to = join(this.root, path.replace(/\.template$/, ''));
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(from, path), to);
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
