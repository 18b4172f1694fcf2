import { ConfigMap, isAlreadyExists } from '@orrery/api';
import type { ApiClient } from '@orrery/client';
import type { Change } from './registry-record.ts';

const namespace = 'default';
const clientsCount = 4;
/** Of each client between two steps: enough to notice anything, too few to keep the machine busy. */
const pauseMs = 40;
/** Of a reader whose server is away; later the answer would be about newer writes only. */
const readAttemptsMax = 5;

export interface ObjectLivesOptions {
  /** Each client has a server to write to, and reads what it wrote from another. Clients that try nothing again by themselves. */
  readonly servers: readonly ApiClient[];
  readonly sleep: (ms: number) => Promise<void>;
}

/** What a client knows of an object that it made: the answers to its own writes. */
interface Life {
  readonly name: string;
  readonly uid: string;
  /** Revisions of its creation, its change of colour and, where it was deleted, 0. */
  readonly acknowledged: number[];
}

/**
 * Clients that give objects short lives: create them in one colour, paint them in another, and delete every third. What fails is tried again until it
 * is known to be done; each acknowledged write is read back from the next server.
 */
export class ObjectLives {
  readonly lives: Life[] = [];
  /** Answers that were older than a write that had been acknowledged before they were asked for. */
  readonly staleReads: string[] = [];
  /** Reads that a server has answered. */
  readsCount = 0;
  private readonly work: Promise<void>[];
  private stopping = false;
  private abandoned = false;
  private reads = 0;

  constructor(private readonly options: ObjectLivesOptions) {
    this.work = Array.from({ length: clientsCount }, (_, client) => this.live(client));
  }

  /** Writes that were acknowledged. */
  get acknowledgedCount(): number {
    return this.lives.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  }

  /** Resolves when each client has finished its last object. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.work);
  }

  /** Ends without waiting for what is not acknowledged yet. */
  abandon(): void {
    this.stopping = true;
    this.abandoned = true;
  }

  private async live(client: number): Promise<void> {
    for (let n = 0; !this.stopping; n += 1) {
      const [first, then] = n % 2 === 0 ? ['red', 'blue'] : ['blue', 'red'];
      await this.liveOne(client, `life-${client}-${n}`, first, then, n % 3 === 0);
    }
  }

  private async liveOne(client: number, name: string, first = '', then = '', ends = false): Promise<void> {
    const api = this.server(client);
    const key = { namespace, name };
    const created = await this.untilDone(() => this.create(api, name, first));
    if (created === undefined) return;
    const life: Life = { name, uid: created.metadata.uid ?? '', acknowledged: [revisionOf(created)] };
    this.lives.push(life);
    await this.readBack(client, name, revisionOf(created));
    const painted = await this.untilDone(() =>
      api.patch(ConfigMap, key, { type: 'merge', body: { metadata: { labels: { color: then } } } }),
    );
    if (painted === undefined) return;
    life.acknowledged.push(revisionOf(painted));
    await this.readBack(client, name, revisionOf(painted));
    if (!ends || !(await this.untilDone(() => api.delete(ConfigMap, key).then(() => true)))) return;
    life.acknowledged.push(0);
    await this.readBack(client, name, 0);
  }

  /** What is there already under a name that only we use is ours: an earlier answer was lost. */
  private async create(api: ApiClient, name: string, color: string): Promise<ConfigMap> {
    try {
      return await api.create(ConfigMap, { metadata: { namespace, name, labels: { color } } });
    } catch (error) {
      const found = isAlreadyExists(error) ? await api.get(ConfigMap, { namespace, name }) : undefined;
      if (found === undefined) throw error;
      return found;
    }
  }

  private async untilDone<T>(write: () => Promise<T>): Promise<T | undefined> {
    while (!this.abandoned) {
      await this.options.sleep(pauseMs);
      try {
        return await write();
      } catch {
        // Not known whether it was carried out: each write here may be repeated.
      }
    }
    return undefined;
  }

  /** Reads as consistently as the API reads by itself, from another server than the one written to. `revision` 0: it is to be gone. */
  private async readBack(client: number, name: string, revision: number): Promise<void> {
    this.reads += 1;
    const { reads } = this;
    const api = this.server(client + 1);
    for (let attempt = 0; attempt < readAttemptsMax && !this.abandoned; attempt += 1) {
      try {
        const found = reads % 5 === 0 ? await listed(api, name) : await api.get(ConfigMap, { namespace, name });
        this.readsCount += 1;
        const isStale = revision === 0 ? found !== undefined : found === undefined || revisionOf(found) < revision;
        if (isStale) this.staleReads.push(`${name}: ${found ? revisionOf(found) : 'nothing'} after ${revision}`);
        return;
      } catch {
        await this.options.sleep(pauseMs);
      }
    }
  }

  private server(client: number): ApiClient {
    const { servers } = this.options;
    const server = servers[client % servers.length];
    if (!server) throw new Error('there is no server');
    return server;
  }
}

/** Where the record and what the clients were told contradict each other: every life must be in it once, step by step, and no other object. */
export function contradictionsOf(lives: readonly Life[], record: readonly Change[]): string[] {
  const told = new Map<string, Change[]>();
  for (const change of record) {
    if (change.name.startsWith('life-')) told.set(change.name, [...(told.get(change.name) ?? []), change]);
  }
  const known = lives.flatMap(({ name, uid, acknowledged }) => {
    const changes = told.get(name) ?? [];
    told.delete(name);
    const isSame =
      changes.length === acknowledged.length &&
      changes.every((change, step) => change.uid === uid && isStep(change, step, acknowledged[step] ?? 0));
    return isSame ? [] : [`${name}: acknowledged ${acknowledged.join(', ')}, but there is ${changes.map(stepLine)}`];
  });
  return [...known, ...[...told].map(([name, changes]) => `${name}: nobody knows of ${changes.map(stepLine)}`)];
}

function isStep({ type, revision }: Change, step: number, acknowledged: number): boolean {
  if (acknowledged === 0) return type === 'DELETED';
  return type === (step === 0 ? 'ADDED' : 'MODIFIED') && revision === acknowledged;
}

function stepLine({ type, revision }: Change): string {
  return `${type} at ${revision}`;
}

async function listed(api: ApiClient, name: string): Promise<ConfigMap | undefined> {
  const { items } = await api.list(ConfigMap, { namespace });
  return items.find(({ metadata }) => metadata.name === name);
}

function revisionOf({ metadata }: ConfigMap): number {
  return Number(metadata.resourceVersion);
}
