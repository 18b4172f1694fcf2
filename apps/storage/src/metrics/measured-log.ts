import type { Clock } from '@orrery/runtime';
import type { Histogram } from '@orrery/service';
import type { WriteAheadLog } from '../wal/write-ahead-log.ts';

/** The log, with the time measured that each write takes until it is safe on the disk. */
export function measuredLog(
  log: Pick<WriteAheadLog, 'append' | 'seal'>,
  clock: Clock,
  seconds: () => Histogram,
): Pick<WriteAheadLog, 'append' | 'seal'> {
  return {
    seal: () => log.seal(),
    append: async (write) => {
      const start = clock.monotonic();
      await log.append(write);
      seconds().observe((clock.monotonic() - start) / 1000);
    },
  };
}
