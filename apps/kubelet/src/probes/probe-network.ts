import type { Milliseconds } from '@orrery/runtime';

/** The container that a probe or hook is meant for; a simulated network needs it, a real one has host and port. */
export interface ProbeTarget {
  readonly podUid: string;
  readonly containerName: string;
  readonly containerId: string;
}

export interface HttpProbe {
  readonly target: ProbeTarget;
  readonly scheme: 'HTTP' | 'HTTPS';
  readonly host: string;
  readonly port: number;
  /** With query. */
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly timeoutMs: Milliseconds;
}

export interface TcpProbe {
  readonly target: ProbeTarget;
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: Milliseconds;
}

export interface GrpcProbe extends TcpProbe {
  readonly service: string;
}

/** How probes reach pods. Failures reject with an `Error` whose message is what the event shows. */
export interface ProbeNetwork {
  /** Redirects to the same host are followed; the certificate is not checked. */
  http(probe: HttpProbe): Promise<{ readonly status: number; readonly body: string }>;
  /** Resolves when a connection could be opened. */
  tcp(probe: TcpProbe): Promise<void>;
  /** Resolves when the health service answers SERVING. Left out: such probes fail. */
  grpc?(probe: GrpcProbe): Promise<void>;
}
