import type { Cri } from '@orrery/cri';
import type { Clock, Timers } from '@orrery/runtime';
import type { PodEvents } from '../events/pod-events.ts';
import type { ProbeNetwork } from './probe-network.ts';

/** What probes need of the node. */
export interface ProbeContext {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly cri: Cri;
  readonly probeNetwork: ProbeNetwork;
  readonly events: PodEvents;
}
