import type { FileReference } from './file-store';

/** What stands behind a name that only a fault made up. */
export type Claimed =
  | { readonly path: string }
  | { readonly hugeBytes: number; /** With a `Content-Length`. */ readonly announced: boolean };

/** Files that are served under a name, though they do not lie under it on the disk. */
export class ClaimedFiles {
  private readonly files = new Map<string, Claimed>();

  claim(reference: FileReference, file: Claimed): void {
    this.files.set(keyOf(reference), file);
  }

  find(reference: FileReference): Claimed | undefined {
    return this.files.get(keyOf(reference));
  }
}

function keyOf({ filename, subfolder, type }: FileReference): string {
  return JSON.stringify([type, subfolder, filename]);
}
