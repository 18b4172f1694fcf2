import { generateKeyPairSync } from 'node:crypto';
import { ConfigMap, type Container, type Draft, Event, Pod, type PodSpec, ServiceAccount } from '@orrery/api';
import { apiServerService } from '@orrery/apiserver';
import { MemoryBroker, type MemoryBus, Subjects } from '@orrery/bus';
import { type ApiClient, BusApiClient } from '@orrery/client';
import { containerRuntimeService, SimulatedNetwork, simulatedProbeNetwork } from '@orrery/container-runtime';
import { InProcessCriEndpoint } from '@orrery/cri';
import { type KubeletConfig, kubeletService, MemoryVolumes, simulatedMachine } from '@orrery/kubelet';
import { MemoryDisk, type VirtualHost, virtualHost } from '@orrery/runtime';
import { type RunningService, startService } from '@orrery/service';
import { storageService } from '@orrery/storage';

const facts = { processId: 1, version: 'test' };

/** A control plane without controllers and one simulated node, in virtual time. Pods are bound by naming the node. */
export class NodeCluster {
  readonly podLogs = new MemoryDisk();
  readonly podVolumes = new MemoryDisk();
  private readonly network = new SimulatedNetwork();
  private readonly endpoint = new InProcessCriEndpoint();
  private readonly services: RunningService[] = [];
  private kubelet: RunningService | undefined;
  private runtime: RunningService | undefined;

  private constructor(
    readonly host: VirtualHost,
    private readonly bus: MemoryBus,
    private readonly subjects: Subjects,
    readonly api: ApiClient,
  ) {}

  static async start(): Promise<NodeCluster> {
    const host = virtualHost({ seed: 1 });
    const broker = new MemoryBroker({ timers: host.timers });
    const bus = broker.connect();
    const subjects = new Subjects('test');
    const api = new BusApiClient(bus, subjects, 'system:admin', { timers: host.timers });
    const cluster = new NodeCluster(host, bus, subjects, api);
    await cluster.pass(cluster.startServices());
    return cluster;
  }

  async stop(): Promise<void> {
    await this.stopKubelet();
    await this.stopRuntime();
    for (const service of this.services.reverse()) await this.pass(service.stop());
  }

  /** Waits for `work` while virtual time runs. */
  async pass<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const watched = work.finally(() => {
      isOver = true;
    });
    watched.catch(() => undefined);
    await this.host.time.runUntil(() => isOver, { limit: '1h' });
    return watched;
  }

  /** `https`: with the kubelet's API on a free port of loopback. */
  async startKubelet(https?: KubeletConfig['https']): Promise<void> {
    const context = { host: this.host, bus: this.bus, subjects: this.subjects, instance: 'node-1' };
    const config = {
      nodeName: 'node-1',
      nodeIp: '192.168.0.1',
      cri: this.endpoint,
      folder: '/volumes',
      podLogs: this.podLogs,
      podLogsFolder: '/logs',
      volumes: new MemoryVolumes(this.podVolumes, '/volumes'),
      machine: simulatedMachine,
      probeNetwork: simulatedProbeNetwork(this.network),
      clusterDns: ['10.96.0.10'],
      ...(https ? { https } : {}),
    };
    this.kubelet = await this.pass(startService(kubeletService, config, context, facts));
  }

  async stopKubelet(): Promise<void> {
    const kubelet = this.kubelet;
    this.kubelet = undefined;
    if (kubelet) await this.pass(kubelet.stop());
  }

  startRuntime(): Promise<void> {
    return this.pass(this.startRuntimeService());
  }

  async stopRuntime(): Promise<void> {
    const runtime = this.runtime;
    this.runtime = undefined;
    if (runtime) await this.pass(runtime.stop());
  }

  /** A pod on the node, of one container `web` unless the spec says otherwise. */
  async createPod(
    name: string,
    web: Partial<Container> = {},
    spec: Partial<PodSpec> = {},
    annotations = {},
  ): Promise<Pod> {
    const draft: Draft<Pod> = {
      metadata: { name, namespace: 'default', annotations },
      spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'hello:1', ...web }], ...spec },
    };
    return this.pass(this.api.create(Pod, draft));
  }

  async pod(name: string): Promise<Pod | undefined> {
    return this.pass(this.api.get(Pod, { namespace: 'default', name }));
  }

  async existingPod(name: string): Promise<Pod> {
    const pod = await this.pod(name);
    if (!pod) throw new Error(`there is no pod ${name}`);
    return pod;
  }

  /** `<type> <reason> <message>` of the events of one object. */
  async events(name: string): Promise<string[]> {
    const { items } = await this.pass(this.api.list(Event));
    return items
      .filter(({ involvedObject }) => involvedObject.name === name)
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }

  private async startServices(): Promise<void> {
    const { host, bus, subjects } = this;
    const context = { host, bus, subjects };
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const storage = { member: 'a', members: ['a'] };
    const apiServer = {
      advertiseAddress: '192.168.0.1',
      serviceAccount: {
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        issuer: 'https://kubernetes.default.svc.cluster.local',
      },
      serviceCidr: '10.96.0.0/12',
      nodePortRange: { from: 30_000, to: 32_767 },
      certificateAuthority: 'test',
    };
    this.services.push(await startService(storageService, storage, { ...context, instance: 'a' }, facts));
    this.services.push(await startService(apiServerService, apiServer, { ...context, instance: 'apiserver-1' }, facts));
    await this.startRuntimeService();
    const rootCa = { metadata: { name: 'kube-root-ca.crt', namespace: 'default' }, data: { 'ca.crt': 'test' } };
    await this.api.create(ConfigMap, rootCa);
    await this.api.create(ServiceAccount, { metadata: { name: 'default', namespace: 'default' } });
  }

  private async startRuntimeService(): Promise<void> {
    const { host, bus, subjects, endpoint, network, podLogs, podVolumes } = this;
    const runtime = {
      endpoint,
      driver: {
        kind: 'simulated',
        podCidr: '10.244.0.0/24',
        network,
        podLogs,
        podLogsFolder: '/logs',
        podVolumes,
        podVolumesFolder: '/volumes',
      },
      streaming: undefined,
      nodeName: 'node-1',
    } as const;
    const context = { host, bus, subjects, instance: 'node-1' };
    this.runtime = await startService(containerRuntimeService, runtime, context, facts);
  }
}
