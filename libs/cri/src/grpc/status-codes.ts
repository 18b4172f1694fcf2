import type { CriErrorCode } from '../cri.ts';

/** gRPC's numbers of the codes that CRI gives a meaning. */
const grpcCodes: Record<CriErrorCode, number> = {
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  unimplemented: 12,
  unavailable: 14,
};

export function toGrpcCode(code: CriErrorCode): number {
  return grpcCodes[code];
}

/** What a call gets whose server went away while it ran. We never cancel calls with an answer to come ourselves. */
const cancelled = 1;

/** Codes without a meaning in CRI become `unknown`. */
export function fromGrpcCode(code: number): CriErrorCode {
  if (code === cancelled) return 'unavailable';
  const found = Object.entries(grpcCodes).find(([, value]) => value === code);
  return (found?.[0] as CriErrorCode | undefined) ?? 'unknown';
}
