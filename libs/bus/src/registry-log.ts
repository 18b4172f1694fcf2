import type { Bus, Log } from './bus.ts';
import type { Subjects } from './subjects.ts';

/** Bytes of the registry log that are kept where nothing else is configured; whoever falls further behind lists again. */
const REGISTRY_LOG_BYTES_MAX = 512 * 1024 * 1024;

/** The registry log of a cluster. `bytesMax` is the writer's to say; followers leave it out. */
export function openRegistryLog(bus: Bus, subjects: Subjects, bytesMax = REGISTRY_LOG_BYTES_MAX): Promise<Log> {
  return bus.log(subjects.registryLog(), { subjects: [subjects.registryOfAll()], bytesMax });
}
