import type * as cri from '@orrery/proto/cri';
import type { Host } from '@orrery/runtime';
import type { EventBroadcast } from './event-broadcast.ts';
import type { RecordStore } from './record-store.ts';
import type { ContainerRecord, Nanoseconds } from './records.ts';
import type { RuntimeDriver } from './runtime-driver.ts';
import { toContainerStatus, toSandboxStatus } from './status-messages.ts';

/** What all operations work with. */
export interface RuntimeContext {
  readonly host: Host;
  readonly driver: RuntimeDriver;
  readonly records: RecordStore;
  readonly events: EventBroadcast<cri.ContainerEventResponse>;
}

export function nowNanoseconds(host: Host): Nanoseconds {
  return BigInt(Math.floor(host.clock.now())) * 1_000_000n;
}

/** 64 hexadecimal digits, as every runtime's ids. */
export function newId(host: Host): string {
  return Buffer.from(host.ids.bytes(32)).toString('hex');
}

/** Tells listeners about a container, or about a sandbox where `id` is its id. */
export function emitEvent(
  { host, records, events }: RuntimeContext,
  id: string,
  sandboxId: string,
  containerEventType: cri.ContainerEventType,
): void {
  const sandbox = records.sandboxes.get(sandboxId);
  events.emit({
    containerId: id,
    containerEventType,
    createdAt: nowNanoseconds(host),
    podSandboxStatus: sandbox && toSandboxStatus(sandbox),
    containersStatuses: records
      .containersOf(sandboxId)
      .map((container: ContainerRecord) => toContainerStatus(container)),
  });
}
