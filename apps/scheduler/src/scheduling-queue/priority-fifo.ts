/** Items by key, handed out by descending priority and, among equals, in the order in which they came. */
export class PriorityFifo<T> {
  private readonly byPriority = new Map<number, Map<string, T>>();
  private readonly priorityOf = new Map<string, number>();

  get size(): number {
    return this.priorityOf.size;
  }

  get(key: string): T | undefined {
    const priority = this.priorityOf.get(key);
    return priority === undefined ? undefined : this.byPriority.get(priority)?.get(key);
  }

  /** Adds the item at the end of its priority; one with this key and priority is replaced and keeps its place. */
  set(key: string, item: T, priority: number): void {
    if (this.priorityOf.get(key) !== priority) this.delete(key);
    this.priorityOf.set(key, priority);
    const items = this.byPriority.get(priority) ?? new Map<string, T>();
    this.byPriority.set(priority, items.set(key, item));
  }

  delete(key: string): void {
    const priority = this.priorityOf.get(key);
    if (priority === undefined) return;
    this.priorityOf.delete(key);
    const items = this.byPriority.get(priority);
    items?.delete(key);
    if (items?.size === 0) this.byPriority.delete(priority);
  }

  /** Removes and answers the first item. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const items = this.byPriority.get(Math.max(...this.byPriority.keys()));
    const [first] = items ?? [];
    if (first === undefined) return undefined;
    this.delete(first[0]);
    return first[1];
  }
}
