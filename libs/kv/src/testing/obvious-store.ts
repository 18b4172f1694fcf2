/** One version of the world: every key with its value, copied whole at each revision. Slow and obviously right. */
export class ObviousStore {
  readonly worlds: Map<string, string>[] = [new Map(), new Map()];
  compacted = 0;

  get revision(): number {
    return this.worlds.length - 1;
  }

  get now(): Map<string, string> {
    return this.worlds[this.revision] as Map<string, string>;
  }

  /** One change, one revision. */
  change(edit: (world: Map<string, string>) => void): void {
    const next = new Map(this.now);
    edit(next);
    this.worlds.push(next);
  }

  range(from: string, to: string, revision: number): [string, string][] {
    const world = this.worlds[revision] as Map<string, string>;
    return [...world].filter(([key]) => key >= from && key < to).sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
