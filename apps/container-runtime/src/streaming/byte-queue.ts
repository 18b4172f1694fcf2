/** Bytes that arrive while nobody reads yet, in order. The sender's window bounds how many. */
export class ByteQueue<T = Uint8Array> implements AsyncIterable<T> {
  private readonly waiting: T[] = [];
  private ended = false;
  private wake: () => void = () => {};

  push(item: T): void {
    if (this.ended) return;
    this.waiting.push(item);
    this.wake();
  }

  /** What was pushed before is still read. */
  end(): void {
    this.ended = true;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const item = this.waiting.shift();
      if (item !== undefined) yield item;
      else if (this.ended) return;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }
}
