import type { Logger } from '@orrery/runtime';
import type { Message, MessageHandler } from '../bus.ts';
import { Fifo } from './fifo.ts';

export const PENDING_MAX = 65_536;

/** Hands messages to a handler one at a time. At `pendingMax` waiting messages the oldest goes. */
export class MessagePump {
  private readonly pending = new Fifo<Message>();
  private isRunning = false;
  private finished: Promise<void> = Promise.resolve();
  private droppedCount = 0;

  constructor(
    private readonly subject: string,
    private readonly handler: MessageHandler,
    private readonly pendingMax: number,
    private readonly logger: Logger,
  ) {}

  push(message: Message): void {
    if (this.pending.size >= this.pendingMax) {
      this.pending.shift();
      if (this.droppedCount === 0) this.logger.warn('subscriber too slow', { subject: this.subject });
      this.droppedCount += 1;
    }
    this.pending.push(message);
    if (this.isRunning) return;
    this.isRunning = true;
    this.finished = this.run();
  }

  /** Forgets what waits; resolves when the message being handled is finished. */
  async stop(): Promise<void> {
    this.pending.clear();
    await this.finished;
  }

  private async run(): Promise<void> {
    for (let message = this.pending.shift(); message; message = this.pending.shift()) {
      try {
        const handling = this.handler(message);
        if (handling) await handling;
      } catch (error) {
        this.logger.error('message handler failed', { subject: this.subject, error });
      }
    }
    const { subject, droppedCount: count } = this;
    if (count > 0) this.logger.warn('messages dropped', { subject, count });
    this.droppedCount = 0;
    this.isRunning = false;
  }
}
