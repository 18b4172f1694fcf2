import { MemoryDisk } from './disk/memory-disk.ts';
import type { Host } from './host.ts';
import { MemoryLogger } from './log/memory-logger.ts';
import { SeededIds } from './random/seeded-ids.ts';
import { SeededRandom } from './random/seeded-random.ts';
import { VirtualTime } from './time/virtual-time.ts';

export interface VirtualHostOptions {
  readonly seed: number | string;
  /** Time shared with other hosts of one simulation. Default: its own. */
  readonly time?: VirtualTime;
  /** A disk that outlives the host, for restarts. Default: an empty one. */
  readonly disk?: MemoryDisk;
}

/** A host whose parts a test can take hold of. */
export interface VirtualHost extends Host {
  /** Both `clock` and `timers`. */
  readonly time: VirtualTime;
  readonly disk: MemoryDisk;
  readonly logger: MemoryLogger;
}

/** A machine that exists only in memory; the same seed lives the same life. */
export function virtualHost(options: VirtualHostOptions): VirtualHost {
  const time = options.time ?? new VirtualTime();
  return {
    time,
    clock: time,
    timers: time,
    random: new SeededRandom(options.seed),
    ids: new SeededIds(options.seed),
    logger: new MemoryLogger(),
    disk: options.disk ?? new MemoryDisk(),
  };
}
