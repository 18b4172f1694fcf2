import { generateKeyPairSync } from 'node:crypto';
import { type Draft, Lease, Node, Pod } from '@orrery/api';
import { type ApiServerConfig, apiServerService } from '@orrery/apiserver';
import { type Bus, MemoryBroker, Subjects } from '@orrery/bus';
import { BusApiClient, createInformers, type Informers } from '@orrery/client';
import { controllerManagerService } from '@orrery/controller-manager';
import { formatMicroTime, formatTime, type VirtualHost, virtualHost } from '@orrery/runtime';
import { type RunningService, startService } from '@orrery/service';
import { storageService } from '@orrery/storage';

const facts = { processId: 1, version: 'test' };

/** Storage, API server and controller manager on a memory bus in virtual time, with pods that run as soon as they exist. */
export class ControllerCluster {
  private constructor(
    readonly host: VirtualHost,
    readonly api: BusApiClient,
    /** What controllers of a test need beside an API client. */
    readonly context: { readonly host: VirtualHost; readonly bus: Bus; readonly subjects: Subjects },
    private readonly informers: Informers,
    private readonly services: readonly RunningService[],
    private readonly startManager: () => Promise<RunningService>,
    private manager: RunningService | undefined,
  ) {}

  static async start(seed = 1): Promise<ControllerCluster> {
    const host = virtualHost({ seed });
    const bus = new MemoryBroker({ timers: host.timers }).connect();
    const subjects = new Subjects('test');
    const context = { host, bus, subjects };
    const api = new BusApiClient(bus, subjects, 'system:admin', { timers: host.timers });
    const informers = createInformers({ api, ...context });
    const config = { clusterCidr: '10.244.0.0/16', certificateAuthority: 'PEM', leaderElect: true };
    const startManager = () =>
      startService(controllerManagerService, config, { ...context, instance: 'controller-manager-1' }, facts);
    const boot = async (): Promise<ControllerCluster> => {
      const storage = { member: 'a', members: ['a'] };
      const services = [
        await startService(storageService, storage, { ...context, instance: 'a' }, facts),
        await startService(apiServerService, apiServerConfig(), { ...context, instance: 'apiserver-1' }, facts),
      ];
      const cluster = new ControllerCluster(
        host,
        api,
        context,
        informers,
        services,
        startManager,
        await startManager(),
      );
      cluster.runPods();
      await informers.start();
      return cluster;
    };
    return drive(host, boot());
  }

  /** Lets virtual time run until `work` is done. */
  do<T>(work: (api: BusApiClient) => Promise<T>): Promise<T> {
    return drive(this.host, work(this.api));
  }

  /** Lets virtual time run until `condition` holds of what the API says. */
  async until(condition: (api: BusApiClient) => Promise<boolean>, attemptsMax = 400): Promise<void> {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      if (await this.do(condition)) return;
      await this.host.time.advance(50);
    }
    throw new Error('the condition did not come true');
  }

  /** Ends the controller manager in the middle of whatever it does. */
  async killManager(): Promise<void> {
    const { manager } = this;
    this.manager = undefined;
    if (manager !== undefined) await drive(this.host, manager.stop());
  }

  async restartManager(): Promise<void> {
    await this.killManager();
    this.manager = await drive(this.host, this.startManager());
  }

  /** A node that is ready and keeps its Lease until the returned function is called. */
  async addNode(name: string): Promise<() => void> {
    const at = formatTime(this.host.clock.now());
    const ready = { type: 'Ready', status: 'True', lastHeartbeatTime: at, lastTransitionTime: at };
    const draft: Draft<Node> = { metadata: { name }, spec: {} };
    await this.do(async (api) => {
      const node = await api.create(Node, draft);
      await api.patch(
        Node,
        { namespace: '', name },
        { type: 'merge', body: { status: { ...node.status, conditions: [ready] } } },
        { subresource: 'status' },
      );
      await api.create(Lease, { metadata: { name, namespace: 'kube-node-lease' }, spec: { holderIdentity: name } });
    });
    const key = { namespace: 'kube-node-lease', name };
    const timer = this.host.timers.every(10_000, () => {
      const renewTime = formatMicroTime(this.host.clock.now());
      void this.api.patch(Lease, key, { type: 'merge', body: { spec: { renewTime } } }).catch(() => undefined);
    });
    return () => timer.cancel();
  }

  async stop(): Promise<void> {
    const stop = async (): Promise<void> => {
      await this.informers.stop();
      await this.manager?.stop();
      for (const service of [...this.services].reverse()) await service.stop();
    };
    await drive(this.host, stop());
  }

  /** Stands for scheduler and kubelet. */
  private runPods(): void {
    let address = 1;
    this.informers.for(Pod).onChange(({ previous, current }) => {
      if (current === undefined) return;
      const key = { namespace: current.metadata.namespace ?? '', name: current.metadata.name };
      if (current.metadata.deletionTimestamp !== undefined) {
        if (previous?.metadata.deletionTimestamp === undefined) {
          void this.api.delete(Pod, key, { gracePeriodSeconds: 0 });
        }
        return;
      }
      if (previous !== undefined) return;
      const lastTransitionTime = formatTime(this.host.clock.now());
      const body = {
        status: {
          phase: 'Running',
          podIP: `10.244.0.${address++}`,
          conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }],
        },
      };
      const ignore = () => undefined;
      void this.api.patch(Pod, key, { type: 'merge', body }, { subresource: 'status' }).catch(ignore);
    });
  }
}

function apiServerConfig(): ApiServerConfig {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    advertiseAddress: '192.0.2.1',
    serviceAccount: {
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      issuer: 'https://kubernetes.default.svc.cluster.local',
    },
    serviceCidr: '10.96.0.0/12',
    nodePortRange: { from: 30_000, to: 32_767 },
    certificateAuthority: 'PEM',
  };
}

async function drive<T>(host: VirtualHost, work: Promise<T>): Promise<T> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  await host.time.runUntil(() => ended);
  return work;
}
