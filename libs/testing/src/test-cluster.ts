import { createHash } from 'node:crypto';
import type { ApiObject, ObjectKey, ResourceType } from '@orrery/api';
import { type Bus, busUserName, Subjects } from '@orrery/bus';
import { type ApiClient, BusApiClient, createInformers, type Informer, type Informers } from '@orrery/client';
import { type ClusterCertificates, InProcessLinks, launchInProcess, type ServicePlan } from '@orrery/orrery';
import {
  type Disk,
  type Host,
  MemoryDisk,
  MemoryLogger,
  SystemClock,
  SystemTimers,
  type VirtualTime,
  virtualHost,
} from '@orrery/runtime';
import type { RunningService } from '@orrery/service';
import type { EtcdCluster } from './etcd-cluster.driver.ts';
import { etcdUnit, keepEtcdData } from './etcd-disk.ts';
import { RawApi } from './raw-api.ts';
import type { TestBroker } from './test-broker.driver.ts';

export interface TestClusterParts {
  readonly plans: readonly ServicePlan[];
  readonly certificates: ClusterCertificates;
  readonly seed: number;
  /** `undefined`: real time. */
  readonly time: VirtualTime | undefined;
  /** Virtual time that a start or a wait may take before it counts as stuck. */
  readonly patience: string;
  /** YAML, where the API has an HTTPS port. */
  readonly kubeconfig: string | undefined;
  /** Of each API server; empty: none listens. */
  readonly apiPorts: readonly number[];
  /** What services find on their disks, by unit. */
  readonly disks: ReadonlyMap<string, MemoryDisk>;
  readonly broker: TestBroker;
  /** Keeps the objects instead of storage members; closed with the cluster. */
  readonly etcd: EtcdCluster | undefined;
  /** The test's own connection. */
  readonly bus: Bus;
}

/** First token of all subjects of a test cluster. */
export const testClusterName = 'test';

/** A place in the cluster for a program of the test's own. */
export interface TestConnection {
  readonly host: Host;
  readonly bus: Bus;
  readonly subjects: Subjects;
  /** The API with all rights. */
  readonly api: ApiClient;
}

interface Running {
  readonly service: RunningService;
  readonly bus: Bus;
}

/** A whole cluster inside a test. Services can be stopped, crashed and started again one by one. */
export class TestCluster {
  /** The API with all rights. */
  readonly api: ApiClient;
  /** The API's requests and answers as they are, statuses included. */
  readonly raw: RawApi;
  /** YAML for kubectl; set with the option `https`. */
  readonly kubeconfig: string | undefined;
  /** Where the API listens on loopback; set with the option `https`. */
  readonly apiPort: number | undefined;
  /** Where each API server listens, the first one's port first. */
  readonly apiPorts: readonly number[];
  /** All keys of the cluster. Of kubelets only with the option `https`. */
  readonly certificates: ClusterCertificates;
  /** What all services have logged, with `unit` among the fields. */
  readonly log = new MemoryLogger();
  private readonly subjects = new Subjects(testClusterName);
  private readonly bus: Bus;
  private readonly host: Host;
  private readonly links = new InProcessLinks();
  private readonly diskOf: Map<string, MemoryDisk>;
  private readonly starts = new Map<string, number>();
  private readonly running = new Map<string, Running>();
  private readonly connections: Bus[] = [];
  private readonly informers: Informers;
  private etcdClosed: Promise<void> | undefined;

  constructor(private readonly parts: TestClusterParts) {
    this.diskOf = new Map(parts.disks);
    this.host = this.hostOf('test');
    this.bus = parts.bus;
    this.api = this.adminOn(this.bus, this.host);
    this.raw = new RawApi(this.bus, this.subjects, (work) => this.settle(work));
    this.informers = createInformers({ api: this.api, bus: this.bus, subjects: this.subjects, host: this.host });
    this.kubeconfig = parts.kubeconfig;
    this.apiPorts = parts.apiPorts;
    this.apiPort = parts.apiPorts[0];
    this.certificates = parts.certificates;
  }

  /** The cluster's clock; throws in a cluster that runs in real time. */
  get time(): VirtualTime {
    if (!this.parts.time) throw new Error('this cluster runs in real time; start it with { time: "virtual" }');
    return this.parts.time;
  }

  /** The etcd that keeps the objects; throws where storage members do. */
  get etcd(): EtcdCluster {
    if (!this.parts.etcd)
      throw new Error('storage members keep the objects of this cluster; start it with { storage: "etcd" }');
    return this.parts.etcd;
  }

  /** Names of all services, as `stop` and `start` take them: `storage-1`, `kubelet-node-1`. */
  get units(): string[] {
    return this.parts.plans.map(({ unit }) => unit);
  }

  /** Starts a service, or does nothing where it runs. */
  async start(unit: string): Promise<void> {
    const plan = this.plan(unit);
    if (this.running.has(unit)) return;
    const host = this.hostOf(unit);
    const bus = await this.parts.broker.connect(busUserName(plan.role));
    const context = { host, bus, subjects: this.subjects, instance: plan.instance };
    try {
      const service = await this.settle(launchInProcess(plan, context, this.links, { processId: 0, version: 'test' }));
      this.running.set(unit, { service, bus });
    } catch (error) {
      await bus.close();
      throw error;
    }
  }

  /** Starts everything: storage, then the API servers, then all others; each of these side by side. */
  async startAll(): Promise<void> {
    const units = (wanted: (plan: ServicePlan) => boolean) => this.parts.plans.filter(wanted).map(({ unit }) => unit);
    await this.startSideBySide(units(({ service }) => service === 'storage'));
    await this.startSideBySide(units(({ service }) => service === 'apiserver'));
    await this.startSideBySide(units(({ service }) => service !== 'storage' && service !== 'apiserver'));
    await this.settle(this.informers.start());
  }

  /** Stops a service in good order; its disk stays. */
  async stop(unit: string): Promise<void> {
    const running = this.running.get(unit);
    this.running.delete(unit);
    if (!running) return;
    await this.settle(running.service.stop());
    await running.bus.close();
  }

  /** Cuts a service off as a crash does: it hears and says nothing any more, and what it had not synced to disk is gone. */
  async crash(unit: string): Promise<void> {
    const running = this.running.get(unit);
    this.running.delete(unit);
    if (!running) return;
    await running.bus.close();
    this.diskOf.get(unit)?.crash();
    await this.settle(running.service.stop().catch(() => undefined));
  }

  /**
   * Cuts everybody off from the broker, as its crash does, until `startBroker`. Of the registry log up to `lostEntriesMax` of the last entries are
   * gone, as with a broker that had not synced them; of a NATS server's log all that came since its last start.
   */
  crashBroker({ lostEntriesMax = 0 }: { readonly lostEntriesMax?: number } = {}): Promise<void> {
    return this.parts.broker.crash(lostEntriesMax);
  }

  startBroker(): Promise<void> {
    return this.parts.broker.start();
  }

  /** The disk of a service, which outlives it: fill it up, or look at what is left on it. */
  disk(unit: string): MemoryDisk {
    this.plan(unit);
    const disk = this.diskOf.get(unit);
    if (!disk) throw new Error(`"${unit}" has never been started`);
    return disk;
  }

  /** The disks of all services, by unit, for a cluster that goes on where this one ends. */
  get disks(): ReadonlyMap<string, MemoryDisk> {
    return this.diskOf;
  }

  /** Where a simulated node has its containers' logs, or its pods' volumes. */
  nodeDisk(node: string, folder: 'logs' | 'volumes'): Disk {
    return this.links.nodeDisk(node, folder);
  }

  /** A host and a connection beside those of the services, until the cluster is closed. Each name has ids of its own. */
  async connect(name: string): Promise<TestConnection> {
    const host = this.hostOf(`test/${name}`);
    const bus = await this.parts.broker.connect('orrery');
    this.connections.push(bus);
    return { host, bus, subjects: this.subjects, api: this.adminOn(bus, host) };
  }

  /** Ends everything. Nothing of the cluster is left, not even a timer. */
  async close(): Promise<void> {
    await this.settle(this.informers.stop());
    for (const connection of this.connections.splice(0)) await connection.close();
    for (const { unit } of [...this.parts.plans].reverse()) await this.stop(unit);
    await this.bus.close();
    await this.parts.broker.stop();
    this.etcdClosed ??= this.closeEtcd();
    await this.etcdClosed;
  }

  private async closeEtcd(): Promise<void> {
    const { etcd } = this.parts;
    if (etcd === undefined) return;
    this.diskOf.set(etcdUnit, await keepEtcdData(etcd));
    await etcd.close();
  }

  /**
   * Waits until the object satisfies `condition`, moving virtual time as needed, and answers it. With `undefined` the condition is asked about
   * an object that does not exist.
   */
  async waitFor<T extends ApiObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    condition: (object: T | undefined) => boolean,
  ): Promise<T | undefined> {
    const informer = await this.informer(type);
    await this.until(informer, () => condition(informer.lister.get(key)));
    return informer.lister.get(key);
  }

  /** Waits until the objects of a resource satisfy `condition`, moving virtual time as needed, and answers them. */
  async waitForAll<T extends ApiObject>(type: ResourceType<T>, condition: (objects: T[]) => boolean): Promise<T[]> {
    const informer = await this.informer(type);
    await this.until(informer, () => condition(informer.lister.list()));
    return informer.lister.list();
  }

  /** The registry log's changes so far, one line each (revision, subject, digest of the event): for comparing two runs. */
  async history(): Promise<string[]> {
    const log = await this.bus.log(this.subjects.registryLog(), {
      subjects: [this.subjects.registryOfAll()],
      bytesMax: 0,
    });
    const last = await log.lastPosition();
    const lines: string[] = [];
    const end = new AbortController();
    for await (const { position, subject, data } of log.follow({ after: 0, signal: end.signal })) {
      const digest = createHash('sha256').update(data).digest('hex').slice(0, 16);
      lines.push(`${position} ${subject} ${digest}`);
      if (position >= last) end.abort();
    }
    return lines;
  }

  /** An informer that has synced. */
  async informer<T extends ApiObject>(type: ResourceType<T>): Promise<Informer<T>> {
    const informer = this.informers.for(type);
    await this.settle(this.informers.start());
    return informer;
  }

  /** Waits for something that may need time to pass: moves virtual time until `work` is done. */
  async settle<R>(work: Promise<R>): Promise<R> {
    const { time, patience } = this.parts;
    if (!time) return work;
    let done = false;
    const finished = work.finally(() => {
      done = true;
    });
    finished.catch(() => undefined);
    await time.runUntil(() => done, { limit: patience });
    return finished;
  }

  /** Waits for all even where one fails, so that each can be stopped. */
  private async startSideBySide(units: readonly string[]): Promise<void> {
    const starts = await Promise.allSettled(units.map((unit) => this.start(unit)));
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
  }

  private async until<T extends ApiObject>(informer: Informer<T>, condition: () => boolean): Promise<void> {
    const { time, patience } = this.parts;
    if (time) {
      await time.runUntil(condition, { limit: patience });
      return;
    }
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const subscription = informer.onChange(() => {
        if (!condition()) return;
        void subscription.stop();
        resolve();
      });
    });
  }

  private plan(unit: string): ServicePlan {
    const plan = this.parts.plans.find((candidate) => candidate.unit === unit);
    if (!plan) throw new Error(`there is no "${unit}" in this cluster; there are ${this.units.join(', ')}`);
    return plan;
  }

  private adminOn(bus: Bus, { timers }: Host): ApiClient {
    return new BusApiClient(bus, this.subjects, 'system:admin', { timers });
  }

  private hostOf(unit: string): Host {
    const disk = this.diskOf.get(unit) ?? new MemoryDisk();
    this.diskOf.set(unit, disk);
    const { time, seed } = this.parts;
    const start = (this.starts.get(unit) ?? 0) + 1;
    this.starts.set(unit, start);
    // Another start, other ids: with those of its earlier life a service would be taken for that one.
    const logger = this.log.child({ unit });
    const host = { ...virtualHost({ seed: `${seed}/${unit}/${start}`, disk, ...(time && { time }) }), logger };
    return time ? host : { ...host, clock: new SystemClock(), timers: new SystemTimers() };
  }
}
