import type { CriEndpoint } from '@orrery/cri';
import type { HttpProbe, ProbeNetwork, TcpProbe } from './probe-network.ts';

/** A command that every simulated container knows: succeeds while its pod answers. */
const answersCommand = 'simulated-probe';

/** Probes of simulated pods whose runtime is another process: there is no network to reach them by, so the runtime is asked instead. */
export class SimulatedProbeNetwork implements ProbeNetwork {
  private connection: ReturnType<CriEndpoint['connect']> | undefined;

  constructor(private readonly endpoint: CriEndpoint) {}

  async http(probe: HttpProbe): Promise<{ status: number; body: string }> {
    await this.tcp(probe);
    return { status: 200, body: '' };
  }

  async tcp({ target, host, port, timeoutMs }: Omit<TcpProbe, 'path'>): Promise<void> {
    this.connection ??= this.endpoint.connect();
    const cri = await this.connection;
    const timeout = BigInt(Math.ceil(timeoutMs / 1000));
    const { exitCode } = await cri.execSync({ containerId: target.containerId, cmd: [answersCommand], timeout });
    if (exitCode !== 0) throw new Error(`dial tcp ${host}:${port}: connect: connection refused`);
  }
}
