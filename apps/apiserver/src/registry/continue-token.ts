import { type ApiError, badRequest } from '@orrery/api';

/** Where a list in pages goes on: the state at `revision`, from `from` on. */
export interface ContinueToken {
  /** `newest` goes on with another state than the one the list began with: some of its objects may be missed or seen twice. */
  readonly revision: number | 'newest';
  readonly from: string;
}

const tokenVersion = 'meta.k8s.io/v1';
/** As upstream writes `newest`. */
const newestRevision = -1;

/** Opaque to clients. `from` is given relative to `prefix`, so that a token cannot lead out of its collection. */
export function encodeContinue({ revision, from }: ContinueToken, prefix: string): string {
  const rv = revision === 'newest' ? newestRevision : revision;
  const start = from.slice(prefix.length);
  return Buffer.from(JSON.stringify({ v: tokenVersion, rv, start })).toString('base64url');
}

/** Throws `BadRequest` for what `encodeContinue` cannot have made. */
export function decodeContinue(text: string, prefix: string): ContinueToken {
  const { v, rv, start } = parsed(text);
  if (v !== tokenVersion) throw invalidToken(`: server does not recognize this encoded version ${String(v ?? '')}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw invalidToken(`: incorrect encoded start resourceVersion (version ${tokenVersion})`);
  }
  if (typeof start !== 'string' || start === '') {
    throw invalidToken(`: encoded start key empty (version ${tokenVersion})`);
  }
  if (start.split('/').some((part) => part === '.' || part === '..')) throw invalidToken(`: ${start}`);
  return { revision: rv < 0 ? 'newest' : rv, from: `${prefix}${start}` };
}

function parsed(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  if (!/^[\w-]+$/.test(text)) throw invalidToken(': illegal base64 data');
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch (cause) {
    throw invalidToken(`: ${cause instanceof Error ? cause.message : ''}`);
  }
}

function invalidToken(detail: string): ApiError {
  return badRequest(`invalid continue token: continue key is not valid${detail}`);
}
