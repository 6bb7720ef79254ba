import { formatFiles, getProjects, logger } from '@nx/devkit';
import type { ProjectConfiguration, Tree } from '@nx/devkit';
import { isFormatted } from './is-formatted';

/**
 * Everything a generator means to write. It is worked out in full before {@link apply} touches the tree, so that a
 * refusal half-way leaves the tree as it was.
 */
export class Draft {
  readonly #texts = new Map<string, string>();
  readonly #kept: string[] = [];
  readonly #hints: string[] = [];
  #projects: Map<string, ProjectConfiguration> | undefined;

  constructor(readonly tree: Tree) {}

  /** Those that are there already. */
  get projects(): Map<string, ProjectConfiguration> {
    return (this.#projects ??= getProjects(this.tree));
  }

  exists(path: string): boolean {
    return this.#texts.has(path) || this.tree.exists(path);
  }

  /** @throws Error when it is missing */
  read(path: string): string {
    const text = this.#texts.get(path) ?? this.tree.read(path, 'utf8');
    if (text === null) throw new Error(`${path} is missing.`);
    return text;
  }

  /** A file that is there already is kept, whatever is in it, and that is said at the end. */
  create(path: string, text: string): void {
    if (this.exists(path)) this.#kept.push(path);
    else this.#texts.set(path, text);
  }

  /** A new text for a file that is there; its line ends stay. */
  edit(path: string, text: string): void {
    const crlf = this.read(path).includes('\r\n');
    this.#texts.set(path, crlf ? text.replace(/\r?\n/g, '\r\n') : text);
  }

  /** Said at the end, once. */
  hint(text: string): void {
    if (!this.#hints.includes(text)) this.#hints.push(text);
  }

  /** Writes, and formats what is new, and what was formatted before. @returns what says how it went */
  async apply({ skipFormat = false }: { skipFormat?: boolean | undefined } = {}): Promise<() => void> {
    const own = new Map<string, string>();
    for (const [path, text] of this.#texts) {
      const before = this.tree.exists(path) ? this.tree.read(path, 'utf8') : null;
      if (before === text) continue;
      if (before !== null && !skipFormat && !(await isFormatted(this.tree, path, before)))
        own.set(path, text);
      this.tree.write(path, text);
    }
    if (!skipFormat) await formatFiles(this.tree);
    // Who does not let a formatter at his file does not want it all changed for one line.
    for (const [path, text] of own) this.tree.write(path, text);
    return () => {
      for (const path of this.#kept) logger.info(`KEPT ${path} (it is there already)`);
      for (const hint of this.#hints) logger.info(hint);
    };
  }
}
