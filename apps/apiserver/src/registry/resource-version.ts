import { ApiError, badRequest, timeout } from '@orrery/api';
import type { ListOptions } from './list-options.ts';

/** Which state a read may see. */
export type ReadState =
  | { readonly kind: 'newest' }
  | { readonly kind: 'any' }
  | { readonly kind: 'notOlderThan'; readonly revision: number }
  | { readonly kind: 'exactly'; readonly revision: number };

/** The largest revision that clients can name: unsigned 64 bits. */
const revisionMax = 2n ** 64n - 1n;
const retryAfterSeconds = 1;

/** `undefined` for the empty text. Throws `BadRequest`. */
export function parseResourceVersion(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d+$/.test(text)) throw invalidVersion(text, 'invalid syntax');
  if (BigInt(text) > revisionMax) throw invalidVersion(text, 'value out of range');
  return Number(text);
}

function invalidVersion(text: string, problem: string): ApiError {
  const quoted = JSON.stringify(text);
  return badRequest(
    `invalid resource version: resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${problem}`,
  );
}

/** What `resourceVersion` and `resourceVersionMatch` of a list that is not continued ask for. */
export function readStateOf(options: ListOptions): ReadState {
  const revision = parseResourceVersion(options.resourceVersion);
  if (revision === undefined) return { kind: 'newest' };
  if (options.resourceVersionMatch === 'Exact') return { kind: 'exactly', revision };
  if (revision === 0) return { kind: 'any' };
  // Before there was a match, a limit turned "not older than" into "exactly": upstream keeps that.
  const exactly = options.resourceVersionMatch === '' && options.limit > 0;
  return { kind: exactly ? 'exactly' : 'notOlderThan', revision };
}

/** The state that a get may see. */
export function getStateOf(resourceVersion: string): ReadState {
  const revision = parseResourceVersion(resourceVersion);
  if (revision === undefined) return { kind: 'newest' };
  return revision === 0 ? { kind: 'any' } : { kind: 'notOlderThan', revision };
}

/** The server has not reached the asked revision, and may never do. */
export function tooLargeResourceVersion(revision: number, current: number): ApiError {
  const { status } = timeout(`Too large resource version: ${revision}, current: ${current}`, retryAfterSeconds);
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  return new ApiError({ ...status, details: { causes, retryAfterSeconds } });
}
