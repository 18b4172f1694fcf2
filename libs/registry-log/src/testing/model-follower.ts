import { type Log, LogExpiredError, type LogPosition, type Subjects } from '@orrery/bus';
import { registryv1 } from '@orrery/proto';
import { REGISTRY_PREFIX } from '../event/registry-key.ts';
import type { RecordedSource } from './recorded-source.ts';

/** Lists once, follows from there, lists again where the log has expired: as every informer and cache does, without their speed. */
export class ModelFollower {
  /** Revision of each object, by its key. */
  #objects = new Map<string, number>();
  #revision = 0;
  readonly faults: string[] = [];
  lists = 0;
  readonly #stop = new AbortController();

  constructor(
    private readonly log: Log,
    private readonly subjects: Subjects,
    /** What a list tells: the cluster as it is now. */
    private readonly cluster: () => RecordedSource,
    private readonly resource?: string,
  ) {}

  get revision(): number {
    return this.#revision;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
  }

  /** What this follower believes to exist differently from the cluster. */
  get differences(): string[] {
    const truth = this.#listed();
    const keys = new Set([...truth.keys(), ...this.#objects.keys()]);
    return [...keys]
      .filter((key) => truth.get(key) !== this.#objects.get(key))
      .map((key) => `${key} is at ${this.#objects.get(key)} instead of ${truth.get(key)}`);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#list();
      try {
        await this.#follow(signal);
      } catch (error) {
        if (error instanceof LogExpiredError) continue;
        this.faults.push(String(error));
        return;
      }
    }
  }

  #list(): void {
    this.lists++;
    this.#objects = this.#listed();
    this.#revision = this.cluster().revision;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const filter =
      this.resource === undefined ? this.subjects.registryOfAll() : this.subjects.registryOf('', this.resource);
    for await (const { position, data } of this.log.follow({ after: this.#revision, filter, signal })) {
      if (position <= this.#revision) this.faults.push(`${position} came after ${this.#revision}`);
      this.#apply(registryv1.Event.decode(data), position);
      this.#revision = position;
    }
  }

  #apply({ type, resource, namespace, name, revision }: registryv1.Event, position: LogPosition): void {
    if (revision !== position) this.faults.push(`revision ${revision} came at ${position}`);
    if (type === registryv1.Event_Type.TYPE_UNSPECIFIED) return;
    const key = `${REGISTRY_PREFIX}core/${resource}/${namespace === '' ? '_' : namespace}/${name}`;
    const isKnown = this.#objects.has(key);
    if (isKnown !== (type !== registryv1.Event_Type.TYPE_ADDED)) this.faults.push(`${position} does not fit ${key}`);
    if (type === registryv1.Event_Type.TYPE_DELETED) this.#objects.delete(key);
    else this.#objects.set(key, position);
  }

  #listed(): Map<string, number> {
    const prefix = `${REGISTRY_PREFIX}core/${this.resource === undefined ? '' : `${this.resource}/`}`;
    const listed = new Map<string, number>();
    for (const [key, { modRevision }] of this.cluster().state) {
      if (key.startsWith(prefix)) listed.set(key, modRevision);
    }
    return listed;
  }
}
