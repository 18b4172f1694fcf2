import type { Timer, Timers } from '@orrery/runtime';
import { RequestTimeoutError, StreamBrokenError } from '../bus-errors.ts';
import { CONTROL_CANCEL, CONTROL_MORE, END_HEADER, SEQUENCE_HEADER, STREAM_WINDOW } from './reply-headers.ts';
import type { Wire, WireMessage } from './wire.ts';

/** The chunks of one streamed reply on their way to the reader. Never holds more than `STREAM_WINDOW`, which the responder keeps to. */
export class ReplyStream {
  private readonly chunks: Uint8Array[] = [];
  private expectedSequence = 1;
  private consumedCount = 0;
  private control: string | undefined;
  private state: 'open' | 'ended' | 'failed' = 'open';
  private error: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly subject: string,
    private readonly timeoutMs: number,
    private readonly wire: Wire,
    private readonly timers: Timers,
  ) {}

  receive(message: WireMessage): void {
    this.control ??= message.reply;
    const sequence = Number(message.headers[SEQUENCE_HEADER]);
    if (this.state !== 'open' || sequence === 0) return;
    if (sequence !== this.expectedSequence) {
      this.fail(new StreamBrokenError(this.subject, this.expectedSequence, sequence));
      return;
    }
    this.expectedSequence += 1;
    if (message.headers[END_HEADER] === undefined) this.chunks.push(message.data);
    else this.state = 'ended';
    this.wake?.();
  }

  fail(error: Error): void {
    if (this.state !== 'open') return;
    this.state = 'failed';
    this.error = error;
    this.wake?.();
  }

  /** The next chunk, or `undefined` after the last one. What came before a failure is delivered before it. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.chunks.length === 0 && this.state === 'open') await this.wait();
    const chunk = this.chunks.shift();
    if (chunk) {
      this.grantMore();
      return chunk;
    }
    if (this.error) throw this.error;
    return undefined;
  }

  /** The reader is gone. */
  leave(): void {
    if (this.state === 'ended' || this.control === undefined) return;
    this.state = 'ended';
    this.wire.send(this.control, Buffer.from(CONTROL_CANCEL));
  }

  private async wait(): Promise<void> {
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = this.timers.after(this.timeoutMs, () => this.fail(new RequestTimeoutError(this.subject, this.timeoutMs)));
    });
    timer?.cancel();
    this.wake = undefined;
  }

  private grantMore(): void {
    this.consumedCount += 1;
    if (this.consumedCount % (STREAM_WINDOW / 2) !== 0 || this.control === undefined) return;
    if (this.state === 'open') this.wire.send(this.control, Buffer.from(CONTROL_MORE));
  }
}
