import type { Pod } from '@orrery/api';
import { formatTime, type Milliseconds } from '@orrery/runtime';

/** Strategic merge patch of the status that says why the pod has no node, or `undefined` where it says so already. */
export function unschedulablePatch(pod: Pod, message: string, now: Milliseconds): object | undefined {
  const known = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (known?.status === 'False' && known.reason === 'Unschedulable' && known.message === message) return undefined;
  const lastTransitionTime = known?.status === 'False' ? known.lastTransitionTime : formatTime(now);
  return {
    status: {
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime }],
    },
  };
}
