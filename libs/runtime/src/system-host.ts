import { FileDisk } from './disk/file-disk.ts';
import type { Host } from './host.ts';
import type { Logger } from './log/logger.ts';
import { systemIds } from './random/system-ids.ts';
import { systemRandom } from './random/system-random.ts';
import { SystemClock } from './time/system-clock.ts';
import { SystemTimers } from './time/system-timers.ts';

export interface SystemHostOptions extends Partial<Omit<Host, 'disk' | 'logger'>> {
  /** The service's own folder; made when the first file is written. */
  readonly dataFolder: string;
  readonly logger: Logger;
}

/** The machine as it is. Single ports can be replaced. */
export function systemHost(options: SystemHostOptions): Host {
  return {
    clock: options.clock ?? new SystemClock(),
    timers: options.timers ?? new SystemTimers(),
    random: options.random ?? systemRandom,
    ids: options.ids ?? systemIds,
    logger: options.logger,
    disk: new FileDisk(options.dataFolder),
  };
}
