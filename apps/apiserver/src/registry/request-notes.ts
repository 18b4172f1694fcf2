/** What the steps of one request leave for its answer and for its audit event. */
export class RequestNotes {
  readonly warnings: string[] = [];
  readonly annotations = new Map<string, string>();

  warn(text: string): void {
    if (!this.warnings.includes(text)) this.warnings.push(text);
  }

  /** The first value of a key stays, as in upstream's audit events. */
  annotate(key: string, value: string): void {
    if (!this.annotations.has(key)) this.annotations.set(key, value);
  }
}
