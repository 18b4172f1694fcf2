/**
 * The rounds of mutating admission for one object. Whoever changes the object late may have those before it look again: at most once,
 * whatever the second round changes (upstream's rule).
 */
export class Reinvocation {
  private again = false;
  private second = false;
  /** What plugins remember from the first round to the second; one entry a plugin. */
  private readonly memories = new Map<object, unknown>();

  /** Is this the second round? */
  get isReinvoke(): boolean {
    return this.second;
  }

  /** Asks for the second round. Nothing happens where this is it. */
  require(): void {
    this.again = true;
  }

  /** Begins the second round where one was asked for. */
  begin(): boolean {
    if (this.second || !this.again) return false;
    this.second = true;
    return true;
  }

  /** What `plugin` remembers; `fresh` makes it in the first round. */
  memoryOf<T>(plugin: object, fresh: () => T): T {
    if (!this.memories.has(plugin)) this.memories.set(plugin, fresh());
    return this.memories.get(plugin) as T;
  }
}
