/** A rule of our own code was broken: a bug, never a user's mistake. Crashes the service that finds it. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws `InvariantError` unless `condition` holds. `message` names the ids, terms and revisions involved. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
