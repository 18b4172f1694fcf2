/** A pod as others reach it. */
export interface SimulatedPod {
  readonly hostname: string;
  /** Whether its containers run and are ready to serve. */
  answers(): boolean;
}

/** Which simulated pod has which address. One for all simulated nodes of a process, shared with who probes them. */
export class SimulatedNetwork {
  private readonly pods = new Map<string, SimulatedPod>();

  join(ip: string, pod: SimulatedPod): void {
    this.pods.set(ip, pod);
  }

  leave(ip: string): void {
    this.pods.delete(ip);
  }

  find(ip: string): SimulatedPod | undefined {
    return this.pods.get(ip);
  }
}

/** How a probe reaches a simulated pod: every port and path answers while the pod does. */
export interface SimulatedProbeNetwork {
  /** Rejects as an HTTP client does where nothing listens. */
  http(request: { host: string; port: number; path?: string }): Promise<{ status: number; body: string }>;
  /** Rejects where nothing listens. */
  tcp(request: { host: string; port: number }): Promise<void>;
}

export function simulatedProbeNetwork(network: SimulatedNetwork): SimulatedProbeNetwork {
  const reach = (host: string, port: number): SimulatedPod => {
    const pod = network.find(host);
    if (!pod?.answers()) throw new ConnectionRefusedError(host, port);
    return pod;
  };
  return {
    http: async ({ host, port }) => ({ status: 200, body: `${reach(host, port).hostname}\n` }),
    tcp: async ({ host, port }) => {
      reach(host, port);
    },
  };
}

/** Nothing listens there. Worded as Go's dialer does, because probe events quote it. */
export class ConnectionRefusedError extends Error {
  override readonly name = 'ConnectionRefusedError';
  readonly code = 'ECONNREFUSED';
  constructor(
    readonly host: string,
    readonly port: number,
  ) {
    super(`dial tcp ${host}:${port}: connect: connection refused`);
  }
}
