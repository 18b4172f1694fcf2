import { CriError } from '@orrery/cri';

/** How many events a slow listener may be behind. Who falls further behind is cut off and has to list again. */
const backlogMax = 1000;

interface Listener<T> {
  readonly backlog: T[];
  overrun: boolean;
  wake: () => void;
}

/** Hands each event to everybody who listens now. */
export class EventBroadcast<T> {
  private readonly listeners = new Set<Listener<T>>();

  emit(event: T): void {
    for (const listener of this.listeners) {
      if (listener.backlog.length >= backlogMax) listener.overrun = true;
      else listener.backlog.push(event);
      listener.wake();
    }
  }

  /** Everything from the call of this method on, until `signal` aborts. */
  listen(signal: AbortSignal): AsyncGenerator<T> {
    const listener: Listener<T> = { backlog: [], overrun: false, wake: () => {} };
    this.listeners.add(listener);
    signal.addEventListener('abort', () => this.listeners.delete(listener), { once: true });
    return this.drain(listener, signal);
  }

  private async *drain(listener: Listener<T>, signal: AbortSignal): AsyncGenerator<T> {
    const abort = () => listener.wake();
    signal.addEventListener('abort', abort);
    try {
      while (!signal.aborted) {
        const event = listener.backlog.shift();
        if (event !== undefined) yield event;
        else if (listener.overrun)
          throw new CriError('unavailable', 'the listener was too slow for the container events');
        else
          await new Promise<void>((resolve) => {
            listener.wake = resolve;
          });
      }
    } finally {
      signal.removeEventListener('abort', abort);
      this.listeners.delete(listener);
    }
  }
}
