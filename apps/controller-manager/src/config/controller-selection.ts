/** `controllers` names a controller that does not exist. */
export class UnknownControllerError extends Error {
  override readonly name = 'UnknownControllerError';
  constructor(
    readonly controller: string,
    known: readonly string[],
  ) {
    super(`"${controller}" is not in the list of known controllers: ${known.join(', ')}`);
  }
}

/** The names of `known` that `selection` leaves on: an exact name wins over `-name`, which wins over `*`. */
export function selectControllers(known: readonly string[], selection: readonly string[] = ['*']): string[] {
  for (const entry of selection) {
    const name = entry.replace(/^-/, '');
    if (name !== '*' && !known.includes(name)) throw new UnknownControllerError(name, known);
  }
  return known.filter((name) => {
    if (selection.includes(name)) return true;
    return !selection.includes(`-${name}`) && selection.includes('*');
  });
}
