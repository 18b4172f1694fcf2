import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from '@orrery/api';
import { HttpApiClient, readKubeconfig } from '@orrery/client';
import { SystemTimers } from '@orrery/runtime';
import { deployment } from '../cluster/deployment.fixture.ts';
import { CommandLineCluster, succeeded } from '../e2e/orrery-command.ts';
import { Writers } from './writers.ts';

interface UnitLine {
  readonly instance: string;
  readonly state: string;
  readonly processId: number;
  readonly healthy: boolean;
  readonly message: string;
}

const timers = new SystemTimers();
const patienceMs = 45_000;

/** Every part of a cluster of one node that lives in a process of its own. */
export const processUnits = [
  'storage-1',
  'apiserver-1',
  'controller-manager-1',
  'scheduler-1',
  'container-runtime-node-1',
  'kubelet-node-1',
  'nats',
];

/** A cluster whose services are processes of their own, with a client over HTTPS. */
export class ProcessCluster {
  private readonly cluster = new CommandLineCluster();
  private client: HttpApiClient | undefined;

  async up(...options: string[]): Promise<void> {
    await this.cluster.up('--containers', 'simulated', '--processes', ...options);
    this.client ??= this.connected();
  }

  get api(): HttpApiClient {
    if (!this.client) throw new Error('the cluster is not up');
    return this.client;
  }

  get data(): string {
    return this.cluster.data;
  }

  /** `orrery stop UNIT`, `start`, `kill`. */
  async orrery(verb: 'stop' | 'start' | 'kill', unit: string): Promise<void> {
    succeeded(await this.cluster.orrery(verb, unit));
  }

  async down(): Promise<void> {
    await this.cluster.down();
  }

  async status(): Promise<UnitLine[]> {
    return JSON.parse(succeeded(await this.cluster.orrery('status', '--json'))) as UnitLine[];
  }

  async unit(name: string): Promise<UnitLine> {
    const found = (await this.status()).find(({ instance }) => instance === name);
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  }

  /** Resolves when every service says that it is healthy. */
  async allHealthy(): Promise<void> {
    await eventually('all services are healthy', async () =>
      (await this.status()).every(({ state, healthy }) => state === 'running' && healthy),
    );
  }

  /** Ends everything with SIGKILL, the launcher too. */
  killEverything(): void {
    const records = JSON.parse(readFileSync(join(this.data, 'run/processes.json'), 'utf8')) as Record<
      string,
      { processId: number }
    >;
    // The launcher first: it would start the others again.
    const { launcher, ...others } = records;
    for (const record of [launcher, ...Object.values(others)]) if (record) process.kill(record.processId, 'SIGKILL');
  }

  /** Clients that write while `during` runs; the names of their objects contain `mark`. Answers the names of what was acknowledged. */
  async whileWriting(mark: string, during: (clients: Writers) => Promise<void>): Promise<string[]> {
    const { api } = this;
    const clients = new Writers({ api, mark, now: () => performance.now(), sleep: (ms) => timers.sleep(ms) });
    try {
      await during(clients);
      await clients.stop();
    } finally {
      clients.abandon();
    }
    return clients.acknowledged;
  }

  /** Resolves when `count` more objects have been acknowledged. */
  async moreWritten(writers: Writers, count: number): Promise<void> {
    const wanted = writers.acknowledged.length + count;
    await eventually(`${count} more objects are written`, async () => writers.acknowledged.length >= wanted);
  }

  /** The cluster as a whole does its work: a new deployment becomes ready. */
  async runsNewDeployment(name: string): Promise<void> {
    await eventually(`deployment ${name} is ready`, async () => {
      const key = { namespace: 'default', name };
      const found = await this.api.get(Deployment, key);
      if (!found) await this.api.create(Deployment, deployment(name, 2));
      return found?.status.readyReplicas === 2;
    });
  }

  /** Address and certificates stay the same from one `up` to the next. */
  private connected(): HttpApiClient {
    const kubeconfig = readFileSync(join(this.data, 'kubeconfig'), 'utf8');
    // Who uses it says what is tried again.
    return new HttpApiClient(readKubeconfig(kubeconfig), timers, { attemptsMax: 1 });
  }

  async remove(): Promise<void> {
    this.client?.close();
    await this.cluster.remove();
  }
}

/** Asks until the answer is yes; a question that fails counts as no. Real processes tell nobody when they are done. */
export async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let problem: unknown;
  for (;;) {
    try {
      if (await condition()) return;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${patienceMs} ms: ${what}`, { cause: problem });
    }
    await timers.sleep(100);
  }
}
