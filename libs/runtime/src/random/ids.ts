/** No vowels, so no words; no digits that look like letters. */
export const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Makes identifiers. The real one is cryptographically random; the test one counts from a seed. */
export interface Ids {
  /** A version 4 UUID in lower case. */
  uuid(): string;
  /**
   * `length` characters of `bcdfghjklmnpqrstvwxz2456789`, the alphabet that upstream uses for generated names
   * (no vowels, so no words).
   */
  suffix(length: number): string;
  /** `length` unguessable bytes, for tokens and keys. */
  bytes(length: number): Uint8Array;
}
