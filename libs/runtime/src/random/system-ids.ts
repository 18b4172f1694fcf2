import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { type Ids, SUFFIX_ALPHABET } from './ids.ts';

/** Identifiers nobody can guess. */
export const systemIds: Ids = {
  uuid: () => randomUUID(),
  suffix: (length) => Array.from({ length }, () => SUFFIX_ALPHABET.charAt(randomInt(SUFFIX_ALPHABET.length))).join(''),
  bytes: (length) => new Uint8Array(randomBytes(length)),
};
