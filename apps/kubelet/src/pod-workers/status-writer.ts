import { isNotFound, Pod, type PodStatus } from '@orrery/api';
import type { ApiClient } from '@orrery/client';
import type { Logger, Milliseconds, Timer, Timers } from '@orrery/runtime';
import { isOwnCondition } from '../pod-lifecycle/pod-conditions.ts';
import { canonicalJson } from './canonical-json.ts';

interface Entry {
  readonly pod: Pod;
  wanted: PodStatus;
  /** What the server has, as canonical JSON and as it was sent. */
  sent: PodStatus;
  sentText: string;
  /** The pod's resourceVersion after the last write, or when it was first seen: what is older tells nothing. */
  written: number;
  writing: Promise<void> | undefined;
  retry: Timer | undefined;
}

const retryDelay: Milliseconds = 1_000;

/** Writes pods' statuses: one PATCH at a time for a pod, always with the newest status, none for what the server has already. */
export class StatusWriter {
  /** By pod uid, from the first status until `forget`. */
  private readonly entries = new Map<string, Entry>();
  private stopped = false;

  constructor(
    private readonly api: ApiClient,
    private readonly timers: Timers,
    private readonly logger: Logger,
  ) {}

  /** Returns at once. */
  set(pod: Pod, status: PodStatus): void {
    const entry = this.entries.get(pod.metadata.uid) ?? this.newEntry(pod);
    entry.wanted = status;
    this.write(entry);
  }

  /** Takes note of the pod as the server has it, and writes again where somebody else has changed a condition of this kubelet's. */
  observe(pod: Pod): void {
    const entry = this.entries.get(pod.metadata.uid);
    if (!entry || entry.writing || Number(pod.metadata.resourceVersion) <= entry.written) return;
    if (sameOwnConditions(pod.status, entry.sent)) return;
    entry.sent = pod.status;
    entry.sentText = canonicalJson(pod.status);
    this.write(entry);
  }

  /** Resolves when the newest status has been written, or could not be and will be tried again. */
  async flushed(podUid: string): Promise<void> {
    await this.entries.get(podUid)?.writing;
  }

  /** The last status that was set. */
  current(podUid: string): PodStatus | undefined {
    return this.entries.get(podUid)?.wanted;
  }

  forget(podUid: string): void {
    this.entries.get(podUid)?.retry?.cancel();
    this.entries.delete(podUid);
  }

  stop(): void {
    this.stopped = true;
    for (const entry of this.entries.values()) entry.retry?.cancel();
  }

  private newEntry(pod: Pod): Entry {
    const sent = pod.status;
    const entry: Entry = {
      pod,
      wanted: sent,
      sent,
      sentText: canonicalJson(sent),
      written: Number(pod.metadata.resourceVersion),
      writing: undefined,
      retry: undefined,
    };
    this.entries.set(pod.metadata.uid, entry);
    return entry;
  }

  private write(entry: Entry): void {
    if (entry.writing || this.stopped || canonicalJson(entry.wanted) === entry.sentText) return;
    entry.retry?.cancel();
    entry.writing = this.patch(entry).finally(() => {
      entry.writing = undefined;
    });
  }

  private async patch(entry: Entry): Promise<void> {
    const { name, namespace = '', uid } = entry.pod.metadata;
    while (!this.stopped && this.entries.get(uid) === entry) {
      const status = entry.wanted;
      const text = canonicalJson(status);
      if (text === entry.sentText) return;
      try {
        const body = { metadata: { uid }, status: statusPatch(entry.sent, status) };
        const patch = { type: 'strategic', body } as const;
        const written = await this.api.patch(Pod, { namespace, name }, patch, { subresource: 'status' });
        entry.written = Number(written.metadata.resourceVersion);
        entry.sent = status;
        entry.sentText = text;
      } catch (error) {
        if (isNotFound(error)) return;
        this.logger.warn('pod status not written', { pod: name, namespace, error });
        entry.retry = this.timers.after(retryDelay, () => this.write(entry));
        return;
      }
    }
  }
}

function sameOwnConditions(one: PodStatus, other: PodStatus): boolean {
  return ownVerdicts(one) === ownVerdicts(other);
}

function ownVerdicts({ conditions = [] }: PodStatus): string {
  const own = conditions.filter(({ type }) => isOwnCondition(type));
  return own
    .map(({ type, status }) => `${type}=${status}`)
    .sort()
    .join();
}

/** A strategic merge patch: what is gone is null, and list items under a merge key are deleted by name. */
export function statusPatch(before: PodStatus, after: PodStatus): Record<string, unknown> {
  const patch: Record<string, unknown> = { ...after };
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null;
  const gone = (before.podIPs ?? []).filter(({ ip }) => !after.podIPs?.some((kept) => kept.ip === ip));
  if (gone.length > 0 && after.podIPs)
    patch.podIPs = [...after.podIPs, ...gone.map(({ ip }) => ({ ip, $patch: 'delete' }))];
  const known = new Map((before.conditions ?? []).map((condition) => [condition.type, condition]));
  patch.conditions = (after.conditions ?? [])
    .filter(({ type }) => isOwnCondition(type))
    .map((condition) => ({ ...goneFields(known.get(condition.type), condition), ...condition }));
  return patch;
}

/** Null for each field that `before` had and `after` has not. */
function goneFields(before: object | undefined, after: object): Record<string, null> {
  const gone = Object.keys(before ?? {}).filter((key) => !(key in after));
  return Object.fromEntries(gone.map((key) => [key, null]));
}
