import type { Duplex } from 'node:stream';

/** Who claims to be asking, as the face that took the request could tell; authentication decides what it is worth. */
export type Credentials =
  | { readonly kind: 'bus'; readonly user: string }
  | { readonly kind: 'certificate'; readonly commonName: string; readonly organizations: readonly string[] }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'none' };

/** A request in the one form that all faces make. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded by `requestInfoOf` only; always begins with `/`, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** `name` in lower case. */
  header(name: string): string | undefined;
  /** The whole body; at most `bodyBytesMax`. */
  readonly body: Uint8Array;
  readonly credentials: Credentials;
  /** The IP address of the client, where the face knows it. */
  readonly remoteAddress?: string;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** Names and values in turn, as they came, repeated ones apart; only where the face has them. */
  readonly rawHeaders?: readonly string[];
  /** Only where the client asked to switch protocols. */
  readonly upgrade?: UpgradeRequest;
}

/** A connection whose client asked to switch protocols (exec, attach, port-forward). */
export interface UpgradeRequest {
  readonly socket: Duplex;
  /** What the client sent right behind its request. */
  readonly head: Uint8Array;
  readonly rawHeaders: readonly string[];
}

/** Bytes of one request body that the server accepts: upstream's limit. */
export const bodyBytesMax = 3 * 1024 * 1024;

/** Names, in lower case, and values of `rawHeaders`. */
export function headerPairs(rawHeaders: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    pairs.push([(rawHeaders[at] ?? '').toLowerCase(), rawHeaders[at + 1] ?? '']);
  }
  return pairs;
}
