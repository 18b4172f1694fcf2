import { encodeHeaders } from '../hpack/header-encoder.ts';
import type { GrpcError } from './grpc-error.ts';

const HEAD = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
] as const;

/** Header block that begins a response. */
export const RESPONSE_HEAD = encodeHeaders(HEAD);
/** Trailers of a call that went well. */
export const OK_TRAILERS = encodeHeaders([['grpc-status', '0']]);

/** Trailers of a failed call; with `alone` also what begins a response, where nothing has been sent before. */
export function errorTrailers(error: GrpcError, alone: boolean): Buffer {
  const status = [
    ['grpc-status', String(error.code)],
    ['grpc-message', percentEncoded(error.message)],
  ] as const;
  return encodeHeaders(alone ? [...HEAD, ...status] : status);
}

/** As the gRPC protocol wants texts: printable ASCII as it is, everything else (and `%`) as UTF-8 bytes in hexadecimal. */
function percentEncoded(text: string): string {
  return [...Buffer.from(text)].map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : escaped(byte))).join('');
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
}

function escaped(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
