import type { Bus, Log, Subjects } from '@orrery/bus';

/** Bytes of the registry log that are kept; whoever falls further behind lists again. The writer's setting decides. */
export const registryLogBytesMax = 512 * 1024 * 1024;

/** The registry log of a cluster. */
export function openRegistryLog(bus: Bus, subjects: Subjects): Promise<Log> {
  return bus.log(subjects.registryLog(), { subjects: [subjects.registryOfAll()], bytesMax: registryLogBytesMax });
}
