import { ApiError } from '@orrery/api';

interface SystemError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  /** Of a certificate that is for somebody else. */
  readonly reason?: string;
}

const dialProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
};

const certificateProblems: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'x509: certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'x509: certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'x509: certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
};

/** Why a connection did not come about or broke, in the words of upstream's client, which users search for. */
export function connectionProblem(cause: unknown): string {
  if (cause instanceof ApiError) return cause.message;
  if (typeof cause !== 'object' || cause === null) return String(cause);
  // Both families of an address were tried.
  if ('errors' in cause && Array.isArray(cause.errors)) return connectionProblem(cause.errors[0]);
  const { code = '', address, port, hostname, reason, message } = cause as SystemError;
  const dial = dialProblems[code];
  if (dial !== undefined) return `dial tcp ${authorityText(address, port)}: ${dial}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${hostname}: no such host`;
  if (code === 'ECONNRESET') return message === 'socket hang up' ? 'EOF' : 'read: connection reset by peer';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `tls: failed to verify certificate: x509: ${reason ?? message}`;
  }
  const certificate = certificateProblems[code];
  if (certificate !== undefined) return `tls: failed to verify certificate: ${certificate}`;
  return message;
}

function authorityText(address = '', port = 0): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
