/** The system under test broke a promise. `rule` is one of few constant texts; the message tells the case. */
export class Violation extends Error {
  override readonly name = 'Violation';
  constructor(
    readonly rule: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${rule}: ${detail}`, options);
  }
}
