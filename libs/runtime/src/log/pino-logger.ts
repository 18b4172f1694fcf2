import { type DestinationStream, destination, type Logger as Pino, pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { LogFields, Logger } from './logger.ts';
import { prettyLine } from './pretty-line.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Lines for people instead of JSON. */
  readonly pretty?: boolean;
  /** File that lines are appended to, its folder made where missing. Default: standard error. */
  readonly file?: string;
}

/** A logger that writes each line at once, so that a crash loses none. */
export function createLogger(options: LoggerOptions): Logger {
  const out = destination({ dest: options.file ?? 2, sync: true, mkdir: true, append: true });
  const target: DestinationStream = options.pretty ? { write: (line) => void out.write(prettyLine(line)) } : out;
  return new PinoLogger(
    pino(
      {
        level: options.level,
        base: null,
        messageKey: 'message',
        errorKey: 'error',
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
        serializers: { error: stdSerializers.errWithCause },
      },
      target,
    ),
  );
}

class PinoLogger implements Logger {
  constructor(private readonly pino: Pino) {}

  debug(message: string, fields: LogFields = {}): void {
    this.pino.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.pino.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.pino.warn(fields, message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.pino.error(fields, message);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.pino.child(fields));
  }
}
