import { Controller, Injectable, Scope } from '@nestjs/common';
import type { Provider, Type } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { RedisUsageError } from '../index';
import { findLeaderTasks } from './find-leader-tasks';
import { LeaderCron } from './index';

const EVERY_SECOND = '* * * * * *';

describe('tasks at the start', () => {
  const tasks = async (providers: Provider[], controllers: Type[] = []) => {
    const module = { imports: [DiscoveryModule], providers, controllers };
    return findLeaderTasks((await Test.createTestingModule(module).compile()).get(DiscoveryService));
  };
  const refused = async (...providers: Provider[]) => {
    const finding = tasks(providers);
    await expect(finding).rejects.toBeInstanceOf(RedisUsageError);
    return (await finding.catch((error: Error) => error.message)) as string;
  };

  /** A class with a task that is made so. */
  function task(...words: Parameters<typeof LeaderCron>): Type {
    @Injectable()
    class Tasks {
      @LeaderCron(...words)
      run(): void {}
    }
    return Tasks;
  }

  it.each<[string, Parameters<typeof LeaderCron>, string]>([
    ['an expression that is none', ['a', 'often'], `@LeaderCron('a', 'often') of Tasks.run: `],
    ['a moment that never comes', ['a', '0 0 31 2 *'], 'No execution date'],
    ['a time zone that there is not', ['a', EVERY_SECOND, { timeZone: 'Europe/Atlantis' }], 'timezone'],
    ['times that do not fit', ['a', EVERY_SECOND, { leaseDuration: 1_000 }], '`leaseDuration` must be'],
    ['no name', ['', EVERY_SECOND], 'A name has 1 to 100'],
    ['a name that is no label', ['{a}', EVERY_SECOND], 'A name has 1 to 100'],
  ])('refuses %s', async (_, words, message) => {
    const said = await refused(task(...words));
    expect(said).toContain(message);
    expect(said.match(/Mend the calling code/g)).toHaveLength(1);
  });

  it('refuses a name that two tasks have, and says which', async () => {
    @Injectable()
    class Others {
      @LeaderCron('a', EVERY_SECOND)
      work(): void {}
    }
    expect(await refused(task('a', EVERY_SECOND), Others)).toContain(
      'Others.work: Tasks.run has this name, too',
    );
  });

  it('refuses a task of a provider that is made for each request or user', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      @LeaderCron('a', EVERY_SECOND)
      work(): void {}
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class PerUser {
      @LeaderCron('b', EVERY_SECOND)
      work(): void {}
    }
    expect(await refused(PerRequest)).toContain('PerRequest.work: The provider is made for each request');
    expect(await refused(PerUser)).toContain('PerUser.work: The provider is made for each request');
  });

  it('refuses a task whose method is missing', async () => {
    const Tasks = task('a', EVERY_SECOND);
    const without = Object.assign(new Tasks(), { run: undefined });
    expect(await refused({ provide: 'tasks', useValue: without })).toContain(
      'Tasks.run: The method is missing',
    );
  });

  it('refuses what is no method at once', () => {
    expect(() => {
      class Static {
        @LeaderCron('a', EVERY_SECOND)
        static run(): void {}
      }
      return Static;
    }).toThrow(RedisUsageError);
  });

  it('finds tasks of controllers, of parents and of factories, and each once', async () => {
    @Controller()
    class OfController {
      @LeaderCron('controller', EVERY_SECOND)
      run(): void {}
    }
    class Parent {
      @LeaderCron('parent', EVERY_SECOND)
      run(): void {}
    }
    @Injectable()
    class Child extends Parent {
      @LeaderCron('child', EVERY_SECOND)
      @LeaderCron('child-again', '0 0 * * *')
      other(): void {}

      override run(): void {}
    }
    const found = await tasks(
      [
        Child,
        { provide: 'alias', useExisting: Child },
        { provide: 'made', useFactory: () => new (task('factory', EVERY_SECOND))() },
        { provide: 'a value', useValue: null },
      ],
      [OfController],
    );
    const names = found.map(({ definition }) => definition.name);
    expect(names.sort()).toEqual(['child', 'child-again', 'controller', 'factory', 'parent']);
  });
});
