import { joinPathFragments, names } from '@nx/devkit';
import type { GeneratorCallback, Tree } from '@nx/devkit';
import { Draft } from '../draft/draft';
import { addDependencies } from '../library/add-dependencies';
import { addReferences } from '../library/add-references';
import { featureLibrary } from '../library/feature-library';
import { nameOf } from '../library/name-of';
import { packageRoots, REDIS, SERVERS } from '../library/package-names';
import { provideInModule } from '../library/provide-in-module';
import { refuseTakenName } from '../library/refuse-taken-name';
import { checkSchedule } from './lib/check-schedule';
import { specText } from './lib/spec-text';
import { taskText } from './lib/task-text';
import type { LeaderTask, LeaderTaskOptions } from './options';

/**
 * Adds a `@LeaderCron` task to a feature library, which is made when it does not exist. Run twice, it changes nothing;
 * a file that is there already is kept, whatever is in it.
 *
 * @throws Error that says what to do, with the tree untouched, when an option, the project or its module cannot be used
 */
export async function leaderTaskGenerator(
  tree: Tree,
  options: LeaderTaskOptions,
): Promise<GeneratorCallback> {
  const name = nameOf(options.name, 'a task', /-task$/);
  checkSchedule(options.cron, options.timeZone);
  const draft = new Draft(tree);
  const library = await featureLibrary(draft, options);
  const task: LeaderTask = {
    name,
    fileName: `${name}.task`,
    className: `${names(name).className}Task`,
    cron: options.cron,
    timeZone: options.timeZone,
    hasServers: packageRoots(draft).has(SERVERS),
  };
  const file = joinPathFragments(library.directory, task.fileName);
  const taken = new RegExp(`@LeaderCron\\(\\s*['"\`]${name}['"\`]`);
  refuseTakenName(draft, taken, `a task named "${name}"`, `${file}.ts`);

  draft.create(`${file}.ts`, taskText(task));
  if (!options.skipTests) draft.create(`${file}.spec.ts`, specText(task));
  provideInModule(draft, library.modulePath, task.className, file, ['providers']);
  addDependencies(draft, library.root, [REDIS, '@nestjs/common', '@nestjs/schedule']);
  addReferences(draft, library.root, options.skipTests ? [REDIS] : [REDIS, SERVERS]);
  return draft.apply(options);
}

export default leaderTaskGenerator;
