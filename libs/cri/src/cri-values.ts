import type { CriErrorCode } from './cri.ts';
import { CriError } from './cri.ts';

/** The standard's numbers by name. Apart from the generated enums because those bring gRPC with them, which in-memory mode never loads. */
export const containerStates = { created: 0, running: 1, exited: 2, unknown: 3 } as const;
export const sandboxStates = { ready: 0, notReady: 1 } as const;
export const containerEventTypes = { created: 0, started: 1, stopped: 2, deleted: 3 } as const;
export const namespaceModes = { pod: 0, container: 1, node: 2, target: 3 } as const;
export const mountPropagations = { private: 0, hostToContainer: 1, bidirectional: 2 } as const;
export const portProtocols = { tcp: 0, udp: 1, sctp: 2 } as const;
export const seccompProfileTypes = { runtimeDefault: 0, unconfined: 1, localhost: 2 } as const;
export const cgroupDrivers = { systemd: 0, cgroupfs: 1 } as const;

const codeNames: Record<CriErrorCode, string> = {
  unknown: 'Unknown',
  invalidArgument: 'InvalidArgument',
  notFound: 'NotFound',
  alreadyExists: 'AlreadyExists',
  unavailable: 'Unavailable',
  unimplemented: 'Unimplemented',
  deadlineExceeded: 'DeadlineExceeded',
};

/** The text that upstream's kubelet shows for a failed call: `rpc error: code = NotFound desc = …`. */
export function describeCriError(error: CriError): string {
  return `rpc error: code = ${codeNames[error.code]} desc = ${error.message}`;
}

export function isCriNotFound(error: unknown): error is CriError {
  return error instanceof CriError && error.code === 'notFound';
}
