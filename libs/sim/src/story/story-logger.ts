import type { LogFields, Logger } from '@orrery/runtime';

export type LogListener = (level: 'info' | 'warn' | 'error', message: string, fields: LogFields) => void;

/** Hands a service's log lines to the simulation. */
export class StoryLogger implements Logger {
  constructor(
    private readonly listener: LogListener,
    private readonly fields: LogFields = {},
  ) {}

  debug(): void {}

  info(message: string, fields?: LogFields): void {
    this.listener('info', message, { ...this.fields, ...fields });
  }

  warn(message: string, fields?: LogFields): void {
    this.listener('warn', message, { ...this.fields, ...fields });
  }

  error(message: string, fields?: LogFields): void {
    this.listener('error', message, { ...this.fields, ...fields });
  }

  child(fields: LogFields): Logger {
    return new StoryLogger(this.listener, { ...this.fields, ...fields });
  }
}
