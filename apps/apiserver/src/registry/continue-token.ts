import { badRequest } from '@orrery/api';

/** Where a list in pages goes on: the state at `revision`, from `from` on. */
export interface ContinueToken {
  readonly revision: number;
  readonly from: string;
}

const tokenVersion = 'meta.k8s.io/v1';

/** Opaque to clients. `from` is given relative to `prefix`, so that a token cannot lead out of its collection. */
export function encodeContinue(token: ContinueToken, prefix: string): string {
  const start = token.from.slice(prefix.length);
  return Buffer.from(JSON.stringify({ v: tokenVersion, rv: token.revision, start })).toString('base64url');
}

export function decodeContinue(text: string, prefix: string): ContinueToken {
  let value: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch (cause) {
    throw badRequest(`continue key is not valid: ${cause instanceof Error ? cause.message : ''}`);
  }
  const { v, rv, start } = value;
  if (v !== tokenVersion || typeof rv !== 'number' || typeof start !== 'string' || start === '') {
    throw badRequest('continue key is not valid: server does not recognize this encoded version');
  }
  return { revision: rv, from: `${prefix}${start}` };
}
