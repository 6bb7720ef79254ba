import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ImageFileError } from '../lib/storage/image-file.errors';
import { LocalImageStorage } from '../lib/storage/local/local-image-storage';
import { unfinishedIn } from './stored-files';

/** What a process of its own does with a storage; started by `storage-process.ts`, killed or starved by a test. */
const [task, directory = '', number] = process.argv.slice(2);
const storage = new LocalImageStorage({ directory });

function put(content: Buffer) {
  return storage.put(Readable.from([content]), { type: 'png' });
}

/** Half a file, and then nothing. */
async function stall(): Promise<void> {
  const half = new Readable({ read: () => undefined });
  half.push(Buffer.alloc(2 ** 20, 'half'));
  await storage.put(half, { type: 'png' });
}

/** One file after the other, some large, without end. */
async function putOn(): Promise<void> {
  for (let i = 0; ; i++) await put(randomBytes(i % 2 === 0 ? 2 ** 21 : 1000));
}

/** Files until one does not fit; says what came of it, and whether the storage is of use afterwards. */
async function fill(): Promise<void> {
  let failure: unknown;
  for (let i = 0; i < 100 && failure === undefined; i++) {
    await put(randomBytes(Number(number))).catch((error: unknown) => (failure = error));
  }
  const unfinished = unfinishedIn(directory).length;
  let [stored, broken] = [0, 0];
  for await (const { key } of storage.list()) {
    const { stream } = (await storage.get(key)) ?? {};
    const content = stream ? await buffer(stream) : Buffer.alloc(0);
    const sha256 = createHash('sha256').update(content).digest('hex');
    stored += 1;
    if (!key.startsWith(sha256)) broken += 1;
    await storage.delete(key);
  }
  const again = await put(randomBytes(1000)).then(
    () => 'stored',
    (error: unknown) => String(error),
  );
  const { code, reason } =
    failure instanceof ImageFileError ? failure : { code: String(failure), reason: '' };
  console.log(JSON.stringify({ code, reason, unfinished, stored, broken, again }));
}

process.on('disconnect', () => process.exit());
const tasks: Record<string, () => Promise<void>> = { stall, putOn, fill };
void tasks[task ?? '']?.();
