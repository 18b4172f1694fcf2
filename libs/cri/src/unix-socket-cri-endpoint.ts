import type { Cri, CriEndpoint } from './cri.ts';

/**
 * CRI v1 by gRPC on a unix socket: ours on either side, or containerd, CRI-O and upstream's kubelet on one of them. `path` is absolute;
 * what a dead runtime left there is replaced. gRPC is loaded on first use.
 */
export class UnixSocketCriEndpoint implements CriEndpoint {
  constructor(readonly path: string) {}

  async serve(implementation: Cri): Promise<{ stop(): Promise<void> }> {
    const { serveCri } = await import('./grpc/cri-server.driver.ts');
    return serveCri(this.path, implementation);
  }

  async connect(): Promise<Cri & { close(): void }> {
    const { connectCri } = await import('./grpc/cri-client.driver.ts');
    return connectCri(this.path);
  }
}
