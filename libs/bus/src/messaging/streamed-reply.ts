import { AbortedError, type Timers } from '@orrery/runtime';
import { CONTROL_MORE, END_HEADER, SEQUENCE_HEADER, STREAM_WINDOW } from './reply-headers.ts';
import type { Wire, WireMessage } from './wire.ts';

/** A requester that grants no more for so long is taken for dead. */
const CREDIT_TIMEOUT_MS = 60_000;

const NOTHING = new Uint8Array(0);

/** The responder's side of one streamed reply: numbers the chunks, and sends no more than the requester has room for. */
export class StreamedReply {
  private readonly abort = new AbortController();
  private sequence = 0;
  private credit = STREAM_WINDOW;
  private wake: (() => void) | undefined;

  constructor(
    private readonly wire: Wire,
    private readonly timers: Timers,
    private readonly reply: string,
    private readonly controlSubject: string,
  ) {}

  /** Aborts when the requester is gone or wants no more. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Tells the requester where to say that it wants no more, before there is anything to send. */
  accept(): void {
    this.write(NOTHING, 0);
  }

  /** Sends a chunk and waits until there is room for the next. False: the requester wants no more. */
  async send(chunk: Uint8Array): Promise<boolean> {
    if (this.signal.aborted) return false;
    this.sequence += 1;
    this.write(chunk, this.sequence);
    this.credit -= 1;
    if (this.credit === 0) await this.waitForCredit();
    return !this.signal.aborted;
  }

  end(): void {
    if (!this.signal.aborted) this.write(NOTHING, this.sequence + 1, { [END_HEADER]: '1' });
  }

  /** A message on the control subject. */
  control(message: WireMessage): void {
    if (!message.isNoResponders && Buffer.from(message.data).toString() === CONTROL_MORE) {
      this.credit += STREAM_WINDOW / 2;
      this.wake?.();
    } else {
      this.cancel();
    }
  }

  cancel(): void {
    this.abort.abort(new AbortedError('stream'));
    this.wake?.();
  }

  private async waitForCredit(): Promise<void> {
    const timer = this.timers.after(CREDIT_TIMEOUT_MS, () => this.cancel());
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    this.wake = undefined;
    timer.cancel();
  }

  private write(data: Uint8Array, sequence: number, headers = {}): void {
    this.wire.send(this.reply, data, this.controlSubject, { [SEQUENCE_HEADER]: String(sequence), ...headers });
  }
}
