import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../../../..');
const SERVERS = '.data/servers.json';
const LIMIT_MS = 600_000;

export interface Outcome {
  code: number;
  output: string;
}

/** A copy of this workspace in which tests may do harm: the same files and packages, a history of its own. */
export class WorkspaceCopy {
  readonly root = mkdtempSync(join(tmpdir(), 'workspace-copy-'));

  static async create(): Promise<WorkspaceCopy> {
    const copy = new WorkspaceCopy();
    const listed = await run(ROOT, 'git', 'ls-files', '--cached', '--others', '--exclude-standard');
    for (const file of listed.output.split('\n')) {
      if (file && existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(copy.root, file));
    }
    // Where the installed servers are, so that tests run in the copy too.
    if (existsSync(join(ROOT, SERVERS))) cpSync(join(ROOT, SERVERS), join(copy.root, SERVERS));
    copy.#linkPackages();
    await copy.run('git', 'init', '--quiet', '--initial-branch=main');
    await copy.commit();
    return copy;
  }

  /** Runs a program of the workspace (`nx`, `eslint`, `tsc`, …) in the copy. Bounded; never rejects. */
  run(program: string, ...words: string[]): Promise<Outcome> {
    const local = join(this.root, 'node_modules/.bin', program);
    return run(this.root, existsSync(local) ? local : program, ...words);
  }

  async commit(): Promise<void> {
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
    await this.run('git', 'add', '--all');
    const { code, output } = await this.run(
      'git',
      ...author,
      'commit',
      '--quiet',
      '--no-verify',
      '-m',
      'copy',
    );
    if (code !== 0) throw new Error(`the copy cannot be committed: ${output}`);
  }

  /** Takes over what is built of the libraries; the compiler compares it with the sources, and compiles what differs. */
  takeBuilds(): void {
    for (const project of this.#folders('libs')) {
      const built = join(ROOT, project, 'dist');
      if (existsSync(built)) cpSync(built, join(this.root, project, 'dist'), { recursive: true });
    }
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), 'utf8');
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true });
    writeFileSync(join(this.root, file), text);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Packages from the registry are shared with the original; those of the workspace are the copy's own. */
  #linkPackages(): void {
    const folder = join(this.root, 'node_modules');
    mkdirSync(join(folder, '@sluice'), { recursive: true });
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (name !== '@sluice' && name !== '.cache') {
        symlinkSync(join(ROOT, 'node_modules', name), join(folder, name));
      }
    }
    for (const project of ['apps', 'libs', 'tools'].flatMap((room) => this.#folders(room))) {
      const manifest = join(this.root, project, 'package.json');
      if (!existsSync(manifest)) continue;
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name: string };
      symlinkSync(join(this.root, project), join(folder, name));
      const nested = join(ROOT, project, 'node_modules');
      if (existsSync(nested)) symlinkSync(nested, join(this.root, project, 'node_modules'));
    }
  }

  #folders(room: string): string[] {
    return readdirSync(join(this.root, room)).map((name) => join(room, name));
  }
}

function run(cwd: string, program: string, ...words: string[]): Promise<Outcome> {
  const env: NodeJS.ProcessEnv = {
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
    // A process for each plugin is half of what nx costs here.
    NX_ISOLATE_PLUGINS: 'false',
    FORCE_COLOR: '0',
  };
  for (const [name, value] of Object.entries(process.env)) {
    // What an outer nx, npm or Jest tells its children is about the original workspace.
    if (!/^(NX_|JEST_|npm_|FORCE_COLOR|NODE_ENV|INIT_CWD)/.test(name)) env[name] = value;
  }
  return new Promise((done) => {
    execFile(
      program,
      words,
      { cwd, env, timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024 },
      (error, out, err) => {
        const code = typeof error?.code === 'number' ? error.code : 1;
        done({ code: error ? code : 0, output: error ? `${out}${err}` : out });
      },
    );
  });
}
