import type { ApiObject } from '@orrery/api';
import { registryv1 } from '@orrery/proto';

/** An event of the registry log and the object that it carries. Whoever follows the log in this process shares both: treat them as frozen. */
export class RegistryEvent {
  private parsed: ApiObject | undefined;

  constructor(readonly event: registryv1.Event) {}

  /** After the change; for a deletion the last state. Only where the event has one. */
  get object(): ApiObject {
    this.parsed ??= JSON.parse(decoder.decode(this.event.object)) as ApiObject;
    return this.parsed;
  }
}

/** Events that are kept until all followers have had them: they read them within a turn or two of each other. */
const recentMax = 128;

const decoder = new TextDecoder();
const recent = new Map<Uint8Array, RegistryEvent>();

/** Reads an entry of the registry log, once for all who are handed the same bytes, as on the bus inside a process. */
export function readRegistryEvent(data: Uint8Array): RegistryEvent {
  const known = recent.get(data);
  if (known !== undefined) return known;
  const read = new RegistryEvent(registryv1.Event.decode(data));
  if (recent.size >= recentMax) recent.delete(recent.keys().next().value ?? data);
  recent.set(data, read);
  return read;
}
