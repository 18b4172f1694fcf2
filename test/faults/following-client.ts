import { type Endpoint, exchange, OpenWatch } from '../api/https-exchange.ts';
import { reachedBy, type SeenEvent, type Segment } from './continuity.ts';

/** How a client learns what there is: by one list, by a list in pages, or by a watch that begins with it (as client-go does from 1.34 on). */
export type Beginning = 'list' | 'pages' | 'stream';

export interface FollowingClientOptions {
  readonly endpoint: Endpoint;
  /** Of the collection: `/api/v1/pods`. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly beginning: Beginning;
  readonly sleep: (ms: number) => Promise<void>;
}

const retryMs = 50;
const pageSize = 5;
/** So short that watches also end in good order, as their time is up. */
const watchSeconds = 3;
const initialEventsEnd = 'k8s.io/initial-events-end';

interface OpenSegment extends Segment {
  readonly events: SeenEvent[];
}

/** A client as client-go's reflectors are: lists, watches, goes on from the last revision that it was told of, and lists again where it is told to. */
export class FollowingClient {
  private readonly seen: OpenSegment[] = [];
  private stopped = false;
  private open: OpenWatch | undefined;
  private readonly work: Promise<void>;

  constructor(private readonly options: FollowingClientOptions) {
    this.work = this.follow();
  }

  get segments(): readonly Segment[] {
    return this.seen;
  }

  /** It has been told of everything up to this revision. */
  get reached(): number {
    const current = this.seen.at(-1);
    return current === undefined ? 0 : reachedBy(current);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.open?.close();
    await this.work;
  }

  private async follow(): Promise<void> {
    let knows = false;
    while (!this.stopped) {
      try {
        knows = knows ? await this.goOn() : await this.begin();
      } catch {
        // The server is away, or was until now. What was forgotten there will be said again.
        knows = this.seen.length > 0;
        await this.options.sleep(retryMs);
      }
    }
  }

  /** Whether it knows what there is. */
  private async begin(): Promise<boolean> {
    if (this.options.beginning === 'stream') {
      const parameters = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' };
      return this.watch(parameters, new Map());
    }
    const listed = new Map<string, number>();
    const limit: Record<string, string> = this.options.beginning === 'pages' ? { limit: String(pageSize) } : {};
    let next = limit;
    for (;;) {
      const { status, body } = await exchange(this.options.endpoint, this.pathWith(next));
      if (status !== 200) throw new Error(`list answered ${status}`);
      for (const { metadata } of body.items) listed.set(metadata.name, Number(metadata.resourceVersion));
      const { resourceVersion, continue: rest } = body.metadata;
      if (!rest) return this.beginSegment(Number(resourceVersion), listed);
      next = { ...limit, continue: rest };
    }
  }

  private beginSegment(from: number, listed: ReadonlyMap<string, number>): true {
    this.seen.push({ from, listed, events: [] });
    return true;
  }

  private goOn(): Promise<boolean> {
    return this.watch({ resourceVersion: String(this.reached) });
  }

  /** Whether to go on from what was told last; false where the server has forgotten it. `initial`: the list comes first. */
  private async watch(parameters: Record<string, string>, initial?: Map<string, number>): Promise<boolean> {
    const all = { ...parameters, watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: String(watchSeconds) };
    this.open = await OpenWatch.open(this.options.endpoint, this.pathWith(all));
    // Stopped while the connection was being made: there was nothing to close yet.
    if (this.stopped) this.open.close();
    let listed = initial;
    for await (const { type, object } of this.open.all()) {
      if (type === 'ERROR') return object.code !== 410;
      const { name, resourceVersion, annotations } = object.metadata;
      const revision = Number(resourceVersion);
      if (listed === undefined) this.seen.at(-1)?.events.push({ type, name, revision });
      else if (type === 'ADDED') listed.set(name, revision);
      else if (annotations?.[initialEventsEnd] === 'true') {
        this.beginSegment(revision, listed);
        listed = undefined;
      }
    }
    return this.seen.length > 0;
  }

  private pathWith(parameters: Record<string, string>): string {
    const { path, labelSelector } = this.options;
    return `${path}?${new URLSearchParams({ ...parameters, ...(labelSelector && { labelSelector }) })}`;
  }
}
