import type { Disk } from './disk/disk.ts';
import type { Logger } from './log/logger.ts';
import type { Ids } from './random/ids.ts';
import type { Random } from './random/random.ts';
import type { Clock } from './time/clock.ts';
import type { Timers } from './time/timers.ts';

/** Everything nondeterministic that a service may touch. One object a process, handed to every service in it. */
export interface Host {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger: Logger;
  /** The service's own folder. */
  readonly disk: Disk;
}
