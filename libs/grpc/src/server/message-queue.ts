/** Messages of a stream between the wire and its handler. Ends once `end` was called and all are taken. */
export class MessageQueue implements AsyncIterable<Uint8Array> {
  readonly #messages: Uint8Array[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  /** `onSpace`: called when the handler has taken the last message. */
  constructor(private readonly onSpace: () => void) {}

  get length(): number {
    return this.#messages.length;
  }

  push(message: Uint8Array): void {
    if (this.#ended) return;
    this.#messages.push(message);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) {
        if (this.#messages.length === 0) this.onSpace();
        yield message;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
