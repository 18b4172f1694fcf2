import type { RequestUser, StrategyContext } from '@orrery/api';
import { formatTime, type Host } from '@orrery/runtime';

/** Time and identities for the preparation of an object. */
export function strategyContext(
  { clock, ids }: Pick<Host, 'clock' | 'ids'>,
  namespace: string,
  user?: RequestUser,
): StrategyContext {
  return {
    now: formatTime(clock.now()),
    namespace,
    ...(user && { user }),
    newUid: () => ids.uuid(),
    nameSuffix: () => ids.suffix(5),
  };
}
