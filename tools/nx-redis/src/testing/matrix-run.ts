import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import type { Call } from './generate-main';
import { filesFor, moduleOf, optionsOf } from './option-matrix';
import type { CaseRow } from './option-matrix';
import { WorkspaceCopy } from './workspace-copy';

const PROJECT = 'feature-matrix';
const ROOT = `libs/${PROJECT}`;
const BATCH = 60;
const NEW = 'feature-brand-new';
const ALONE = 'feature-tasks-alone';
const UNTESTED = 'feature-untested';
const ROOTS = [PROJECT, NEW, ALONE, UNTESTED].map((project) => `libs/${project}`);

/** A copy of the workspace in which all rows were generated, in a library that was there, and some in new ones. */
export class MatrixRun {
  private constructor(
    readonly copy: WorkspaceCopy,
    private readonly rows: readonly CaseRow[],
    private readonly server: RedisProcess,
  ) {}

  static async start(rows: readonly CaseRow[]): Promise<MatrixRun> {
    const [copy, server] = await Promise.all([WorkspaceCopy.create(), startRedis()]);
    copy.takeBuilds();
    const run = new MatrixRun(copy, rows, server);
    await run.#call([['feature', { name: 'matrix' }]]);
    for (const [path, text] of Object.entries(filesFor(rows))) copy.write(`${ROOT}/${path}`, text);
    await copy.run('prettier', '--write', ROOT);
    return run;
  }

  /** @returns what the command said; the others run without it, for it takes seconds to start */
  async generate(): Promise<string> {
    const night = { cron: '0 3 * * *', timeZone: 'Europe/Berlin' };
    await this.#call([
      ...this.rows.map((row, index): Call => ['redis-cache-service', optionsOf(PROJECT, row, index)]),
      ['leader-task', { ...night, name: 'count-things', project: ALONE }],
      ['redis-cache-service', { name: 'untested', project: UNTESTED, skipTests: true }],
    ]);
    const said = await this.command('--schema', '--near', '--tags=things,thing:{id}');
    await this.#call([['leader-task', { name: 'sweep-things', project: NEW, cron: '17 * * * *' }]]);
    return said;
  }

  /** The command itself, for a library that does not exist. */
  command(...more: string[]): Promise<string> {
    const words = ['generate', 'redis-cache-service', 'thing', `--project=${NEW}`, '--no-interactive'];
    return this.#succeeds('nx', ...words, ...more);
  }

  /** What a person runs before a commit; each must pass. */
  async check(): Promise<void> {
    await this.checkTypes();
    await this.#succeeds('nx', 'sync:check');
    // As nx runs it, once for all; the boundary rule reads the graph that the line before has left.
    await this.#succeeds('eslint', '--max-warnings=0', ...ROOTS);
    process.env['REDIS_URL'] = this.server.url;
    await this.#succeeds('jest', '--projects', ...ROOTS.slice(0, 3));
    delete process.env['REDIS_URL'];
  }

  async checkTypes(): Promise<void> {
    await this.#succeeds('prettier', '--check', ...ROOTS);
    await this.#succeeds('tsc', '--build', ...ROOTS.map((root) => `${root}/tsconfig.json`));
  }

  /** The modules that are not as they must be. */
  wrongModules(): string[] {
    return this.rows
      .map(({ shape }, index) => ({
        shape,
        index,
        text: this.copy.read(`${ROOT}/src/lib/case-${index}/shop.module.ts`),
      }))
      .filter(({ shape, index, text }) => squeeze(text) !== squeeze(moduleOf(shape, index)?.after ?? ''))
      .map(({ text }) => text);
  }

  status(): Promise<string> {
    return this.#succeeds('git', 'status', '--porcelain', '--untracked-files=all');
  }

  async remove(): Promise<void> {
    this.copy.remove();
    await this.server.stop();
  }

  async #call(calls: Call[]): Promise<void> {
    // Not too many at a time: what a copy runs is bounded.
    if (calls.length > BATCH) await this.#call(calls.slice(0, -BATCH));
    this.copy.write('.nx/calls.json', JSON.stringify(calls.slice(-BATCH)));
    const main = 'tools/nx-redis/src/testing/generate-main.ts';
    const node = ['--conditions=@sluice/source', '--require=@sluice/testing-servers/register'];
    await this.#succeeds('node', ...node, main, this.copy.root, '.nx/calls.json');
  }

  async #succeeds(program: string, ...words: string[]): Promise<string> {
    const { code, output } = await this.copy.run(program, ...words);
    if (code !== 0) throw new Error(`${program} ${words.join(' ')} answered ${code}:\n${output}`);
    return output;
  }
}

/** Where lines break, and what stands at their ends for it, is the formatter's. */
const squeeze = (text: string) => text.replace(/\s+/g, '').replace(/,(?=[\]}])/g, '');
