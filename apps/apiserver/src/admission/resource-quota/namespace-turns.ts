/** Work of one namespace is done one after the other, in the order in which it came; that of several, side by side. */
export class NamespaceTurns {
  /** Ends of the queues. A queue is as long as requests are under way, whose number is limited. */
  private readonly last = new Map<string, Promise<unknown>>();

  async take<T>(namespace: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(namespace) ?? Promise.resolve();
    const turn = before.then(work, work);
    const end = turn.catch(() => undefined);
    this.last.set(namespace, end);
    try {
      return await turn;
    } finally {
      if (this.last.get(namespace) === end) this.last.delete(namespace);
    }
  }
}
