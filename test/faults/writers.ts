import { ConfigMap, isAlreadyExists } from '@orrery/api';
import type { ApiClient } from '@orrery/client';

/** Where written objects are, apart from what the cluster itself makes. */
const namespace = 'default';
const prefix = 'written-';
const writersCount = 4;
/** Of each writer between two attempts: enough writes to notice anything, too few to keep the machine busy. */
const pauseMs = 50;

export interface WritersOptions {
  readonly api: ApiClient;
  /** Time as the writers see it: the cluster's own in virtual time. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Part of the objects' names. Default: none. */
  readonly mark?: string;
}

/** Clients that keep creating ConfigMaps, try again what fails, and remember what was acknowledged and when. */
export class Writers {
  /** Names of the objects whose creation was acknowledged. */
  readonly acknowledged: string[] = [];
  /** When, on the writers' clock. */
  readonly acknowledgedAt: number[] = [];
  private readonly work: Promise<void>[];
  private stopping = false;
  private abandoned = false;

  constructor(private readonly options: WritersOptions) {
    const name = `${prefix}${options.mark ?? ''}`;
    this.work = Array.from({ length: writersCount }, (_, writer) => this.write(`${name}${writer}`));
  }

  /** Resolves when each writer has finished its last object. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.work);
  }

  /** Ends without waiting for what is not acknowledged yet. */
  abandon(): void {
    this.stopping = true;
    this.abandoned = true;
  }

  /** The longest time without any acknowledgement between two moments. */
  longestSilence(from: number, to: number): number {
    const moments = [from, ...this.acknowledgedAt.filter((at) => at >= from && at <= to), to];
    return Math.max(...moments.slice(1).map((at, index) => at - (moments[index] ?? at)));
  }

  private async write(name: string): Promise<void> {
    for (let n = 0; !this.stopping; n += 1) {
      await this.create(`${name}-${n}`);
      await this.options.sleep(pauseMs);
    }
  }

  /** Tries until the object is there: a failed attempt may have been carried out. */
  private async create(name: string): Promise<void> {
    const { api, now, sleep } = this.options;
    while (!this.abandoned) {
      try {
        await api.create(ConfigMap, { metadata: { namespace, name }, data: { name } });
        return this.note(name, now());
      } catch (error) {
        if (isAlreadyExists(error)) return this.note(name, now());
        await sleep(pauseMs);
      }
    }
  }

  private note(name: string, at: number): void {
    this.acknowledged.push(name);
    this.acknowledgedAt.push(at);
  }
}

/** Compares what is there with what was acknowledged: both empty where nothing was lost and nothing is there twice. */
export async function lossesOf(
  api: ApiClient,
  acknowledged: readonly string[],
): Promise<{ missing: string[]; twice: string[] }> {
  const { items } = await api.list(ConfigMap, { namespace });
  const found = new Map<string, number>();
  for (const { metadata, data } of items) {
    if (data?.name === metadata.name) found.set(metadata.name, (found.get(metadata.name) ?? 0) + 1);
  }
  return {
    missing: acknowledged.filter((name) => !found.has(name)),
    twice: [...found].filter(([, times]) => times > 1).map(([name]) => name),
  };
}

export const noLosses = { missing: [], twice: [] };
