import type { DeleteOptions } from '../lib/storage/image-storage';
import { LocalImageStorage } from '../lib/storage/local/local-image-storage';
import { retentionApp } from './retention-app';

const [directory = '', databaseUrl = '', stopAt] = process.argv.slice(2);

/** Stands still at a certain file, so that a test can kill it there. */
class StandingStorage extends LocalImageStorage {
  #asked = 0;

  override delete(key: string, options?: DeleteOptions): Promise<'gone' | 'kept'> {
    this.#asked += 1;
    if (this.#asked < Number(stopAt)) return super.delete(key, options);
    process.send?.('standing');
    return new Promise(() => undefined);
  }
}

async function removeDeleted(): Promise<void> {
  const { retention } = await retentionApp(databaseUrl, new StandingStorage({ directory }));
  await retention.removeDeleted(new AbortController().signal);
}

process.on('disconnect', () => process.exit());
void removeDeleted();
