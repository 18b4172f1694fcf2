/** The only source of randomness. Seeded in tests and in the simulator, never for keys or tokens (see `Ids`). */
export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [0, exclusiveMax); `exclusiveMax` is a positive integer. */
  integer(exclusiveMax: number): number;
}
