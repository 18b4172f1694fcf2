/** Structured data of a log line. Errors go under `error`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Log lines are events: `message` is a constant, data goes into `fields`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each line. */
  child(fields: LogFields): Logger;
}
