/** A map of at most so many entries; beyond it, the one that was written longest ago goes. */
export class RecentMap<V> {
  private readonly entries = new Map<string, V>();

  constructor(private readonly most: number) {}

  get size(): number {
    return this.entries.size;
  }

  get(key: string): V | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: V): void {
    if (!this.entries.delete(key) && this.entries.size >= this.most) {
      this.entries.delete(this.entries.keys().next().value as string);
    }
    this.entries.set(key, value);
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}
