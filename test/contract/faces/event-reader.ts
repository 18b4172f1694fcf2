import type { OpenWatch, SeenEvent } from './face.ts';

/** Cuts a text with an event a line into events, and hands them out by the object's name. */
export class EventReader implements OpenWatch {
  private rest = '';
  private readonly seen: SeenEvent[] = [];
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(private readonly end: () => void) {}

  take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.add(JSON.parse(line) as SeenEvent);
  }

  add(event: SeenEvent): void {
    this.seen.push(event);
    this.wake?.();
  }

  fail(error: Error): void {
    this.failure = error;
    this.wake?.();
  }

  async next(name: string): Promise<SeenEvent> {
    for (;;) {
      for (let event = this.seen.shift(); event !== undefined; event = this.seen.shift()) {
        if (event.object.metadata?.name === name || event.type === 'ERROR') return event;
      }
      if (this.failure) throw this.failure;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    this.failure ??= new Error('the watch was closed');
    this.end();
  }
}
