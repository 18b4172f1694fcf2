import type { LogFields, Logger } from './logger.ts';
import type { LogLevel } from './pino-logger.ts';

export interface LogLine {
  readonly level: Exclude<LogLevel, 'silent'>;
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps the last `linesMax` lines, for tests to look at. Children write to the same lines. */
export class MemoryLogger implements Logger {
  constructor(
    readonly lines: LogLine[] = [],
    private readonly fields: LogFields = {},
    private readonly linesMax = 10_000,
  ) {}

  debug(message: string, fields?: LogFields): void {
    this.write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.write('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new MemoryLogger(this.lines, { ...this.fields, ...fields }, this.linesMax);
  }

  private write(level: LogLine['level'], message: string, fields: LogFields = {}): void {
    if (this.lines.length >= this.linesMax) this.lines.shift();
    this.lines.push({ level, message, fields: { ...this.fields, ...fields } });
  }
}
