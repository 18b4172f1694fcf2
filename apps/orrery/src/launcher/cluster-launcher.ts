import { type Bus, busUserName, MemoryBroker, NatsBus, NatsServer, Subjects, serviceUsers } from '@orrery/bus';
import { FileDisk, type Host, type Logger, type Processes, systemHost } from '@orrery/runtime';
import { ORRERY_VERSION, type ServiceFile } from '@orrery/service';
import type { ClusterLayout } from '../cluster-plan/cluster-layout.ts';
import type { ServicePlan } from '../cluster-plan/cluster-plan.ts';
import type { ProcessRecords } from '../process-records/process-records.driver.ts';
import { BrokerUnit } from './broker-unit.ts';
import { InProcessUnit } from './in-process-unit.ts';
import { lastErrorIn } from './last-error.ts';
import { ProcessUnit } from './process-unit.ts';
import { InProcessLinks, launchInProcess } from './service-catalog.ts';
import { askStatus, awaitStatus } from './service-status.ts';
import type { Unit, UnitStatus } from './unit.ts';

/** First token of all subjects: several clusters could share one broker. */
export const clusterName = 'orrery';

/** A member lays the whole file out before it sends the first part. */
const BACKUP_CHUNK_TIMEOUT_MS = 60_000;

export interface LauncherParts {
  readonly plans: readonly ServicePlan[];
  readonly layout: ClusterLayout;
  readonly bus: 'nats' | 'memory';
  /** Every service a process of its own. */
  readonly processes: boolean;
  readonly host: Host;
  readonly childProcesses: Processes;
  readonly records: ProcessRecords;
  readonly processId: number;
  /** Program and first arguments that run a service as its own process; the configuration file follows. */
  readonly serviceCommand: (service: ServicePlan['service']) => readonly [string, ...string[]];
}

/** Runs the parts of one cluster: the broker first, then the services in the order of the plan, nodes' services side by side. */
export class ClusterLauncher {
  readonly subjects = new Subjects(clusterName);
  private readonly units: Unit[] = [];
  private readonly logger: Logger;
  private connect: (role: ServicePlan['role']) => Promise<Bus> = async () => {
    throw new Error('the broker has not been started');
  };
  private ownBus: Bus | undefined;

  constructor(private readonly parts: LauncherParts) {
    this.logger = parts.host.logger;
  }

  /** Resolves when every service is ready for work. When one fails to start, what has started is stopped and its error thrown. */
  async start(): Promise<void> {
    try {
      await this.startBroker();
      this.ownBus = await this.connect('orrery');
      const links = new InProcessLinks();
      for (const plan of this.parts.plans) this.units.push(await this.unitOf(plan, links));
      for (const group of this.startGroups()) await Promise.all(group.map((unit) => unit.start()));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops everything in the reverse order of its start. */
  async stop(): Promise<void> {
    for (const group of this.startGroups().reverse()) await Promise.all(group.map((unit) => unit.stop()));
    await this.ownBus?.close();
    this.ownBus = undefined;
    await Promise.all(this.units.filter((unit) => unit instanceof BrokerUnit).map((unit) => unit.stop()));
  }

  /** The launcher's own connection, which may ask everything. */
  get bus(): Bus {
    if (!this.ownBus) throw new Error('the cluster has not been started');
    return this.ownBus;
  }

  /** A backup of storage, with all that was acknowledged before. */
  backup(): AsyncIterable<Uint8Array> {
    return this.bus.requestMany(this.subjects.backup(), new Uint8Array(), { timeoutMs: BACKUP_CHUNK_TIMEOUT_MS });
  }

  async status(): Promise<UnitStatus[]> {
    return Promise.all(this.units.map((unit) => unit.status()));
  }

  /** Throws `UnknownUnitError`. */
  unit(name: string): Unit {
    const unit = this.units.find((candidate) => candidate.instance === name);
    if (!unit)
      throw new UnknownUnitError(
        name,
        this.units.map((candidate) => candidate.instance),
      );
    return unit;
  }

  /** Storage, then the API server, then all others at once. */
  private startGroups(): Unit[][] {
    const services = this.units.filter((unit) => !(unit instanceof BrokerUnit));
    const named = (name: string): Unit[] => services.filter((unit) => unit.service === name);
    const others = services.filter((unit) => unit.service !== 'storage' && unit.service !== 'apiserver');
    return [named('storage'), named('apiserver'), others].filter((group) => group.length > 0);
  }

  private async startBroker(): Promise<void> {
    if (this.parts.bus === 'memory') this.useMemoryBroker();
    else await this.startNats();
  }

  private useMemoryBroker(): void {
    const { timers, logger } = this.parts.host;
    const broker = new MemoryBroker({ timers, logger });
    this.connect = async (role) => broker.connect({ user: busUserName(role) });
  }

  private async startNats(): Promise<void> {
    const { layout, host, childProcesses, plans, records } = this.parts;
    const { timers, clock, ids, random, logger } = host;
    const nodes = plans.filter((plan) => plan.service === 'kubelet').map((plan) => plan.instance);
    const users = serviceUsers({
      cluster: clusterName,
      nodes,
      password: () => Buffer.from(ids.bytes(24)).toString('base64url'),
      registryWriter: plans.some(({ service }) => service === 'storage') ? 'storage' : 'apiserver',
    });
    const server = new NatsServer({
      folder: layout.broker,
      disk: new FileDisk(layout.broker),
      port: 0,
      users,
      processes: childProcesses,
      timers,
      logger,
      onEnded: () => void broker.ended(),
    });
    const broker = new BrokerUnit(server, timers, logger, (processId) => records.note('nats', processId));
    this.units.push(broker);
    await broker.start();
    this.credentials = (role) => {
      const name = busUserName(role);
      return {
        servers: [server.address],
        user: name,
        password: users.find((user) => user.name === name)?.password ?? '',
      };
    };
    this.connect = (role) => NatsBus.connect({ ...this.credentials(role), timers, clock, ids, random, logger });
  }

  private credentials: (role: ServicePlan['role']) => ServiceFile<unknown>['bus'] = () => {
    throw new Error('the in-memory bus has no credentials');
  };

  private async unitOf(plan: ServicePlan, links: InProcessLinks): Promise<Unit> {
    return this.parts.processes ? this.processUnit(plan) : this.inProcessUnit(plan, links);
  }

  private inProcessUnit(plan: ServicePlan, links: InProcessLinks): Unit {
    const { host, layout, processId } = this.parts;
    const own = systemHost({
      ...host,
      dataFolder: layout.service(plan.unit),
      logger: host.logger.child({ unit: plan.unit }),
    });
    return new InProcessUnit({
      service: plan.service,
      instance: plan.unit,
      processId,
      connect: () => this.connect(plan.role),
      launch: (bus) =>
        launchInProcess(plan, { host: own, bus, subjects: this.subjects, instance: plan.instance }, links, {
          processId,
          version: ORRERY_VERSION,
        }),
    });
  }

  private async processUnit(plan: ServicePlan): Promise<Unit> {
    const { host, layout, childProcesses, records, serviceCommand } = this.parts;
    const path = layout.serviceFile(plan.unit);
    const file: ServiceFile<unknown> = {
      cluster: clusterName,
      instance: plan.instance,
      bus: this.credentials(plan.role),
      folder: layout.service(plan.unit),
      settings: plan.settings,
    };
    await new FileDisk(layout.root).writeFile(`run/${plan.unit}.json`, Buffer.from(JSON.stringify(file)));
    const subject = this.subjects.status(plan.service, plan.instance);
    return new ProcessUnit({
      service: plan.service,
      instance: plan.unit,
      processes: childProcesses,
      timers: host.timers,
      logger: this.logger,
      command: [...serviceCommand(plan.service), path],
      logFile: layout.logFile(plan.unit),
      ready: (child, gone) => awaitStatus(this.bus, subject, child.pid, host.timers, gone),
      lastError: async () => {
        const log = await new FileDisk(layout.logs).readFile(`${plan.unit}.log`);
        return log && lastErrorIn(Buffer.from(log).toString('utf8'));
      },
      health: () => askStatus(this.bus, subject),
      onProcess: (processId) => records.note(plan.unit, processId),
    });
  }
}

/** There is no such part in the cluster. */
export class UnknownUnitError extends Error {
  override readonly name = 'UnknownUnitError';
  constructor(
    readonly unit: string,
    readonly known: readonly string[],
  ) {
    super(`there is no "${unit}" in this cluster; there are ${known.join(', ')}`);
  }
}
