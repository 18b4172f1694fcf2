import { type Milliseconds, SeededRandom } from '@orrery/runtime';
import type { StorageConfig } from '@orrery/storage';

/** What one seed decides before anything happens. */
export interface StorageScenario {
  readonly seed: number;
  readonly members: readonly string[];
  /** Machines that the cluster may come to have, one added after the other. */
  readonly machinesMax: number;
  /** Learners become voters by themselves; otherwise an operator promotes them after `learnMs`. */
  readonly autoPromote: boolean;
  readonly learnMs: Milliseconds;
  /** 0: more than can be written. */
  readonly quotaBytes: number;
  readonly clients: number;
  /** Who follows the registry log; the first of them is the history that others are compared with. */
  readonly followers: number;
  /** Who watches the store, at one member after the other. */
  readonly watchers: number;
  /** Keys that transactions touch together form a group. */
  readonly groups: number;
  readonly heartbeatMs: Milliseconds;
  readonly electionTimeoutMs: Milliseconds;
  /** Small limits, so that segments and snapshots come and go all the time. */
  readonly log: NonNullable<StorageConfig['log']>;
  /** The one machine whose disk rots; two could hold what nobody else has any more. */
  readonly rottenMachine: string;
  /** With faults. */
  readonly safetyMs: Milliseconds;
  /** Without faults; long enough for every lease to end. */
  readonly healingMs: Milliseconds;
  /** Mean pause between two faults. */
  readonly faultPauseMs: Milliseconds;
  /** Mean pause of a client between two requests. */
  readonly thinkMs: Milliseconds;
  /** How much faster than its rivals each kind of fault comes; 0: never with this seed. */
  readonly faultWeight: (kind: string) => number;
}

/** How long the faults last, in every run. */
export const SAFETY_MS = 10 * 60_000;
const HEALING_MS = 90_000;

export function scenarioOf(seed: number, safetyMs = SAFETY_MS): StorageScenario {
  const random = new SeededRandom(`scenario/${seed}`);
  const pick = <T>(...values: readonly [T, ...T[]]): T => values[random.integer(values.length)] ?? values[0];
  const memberCount = pick(1, 3, 3, 3, 5, 5);
  const heartbeatMs = pick(150, 300, 300, 500);
  return {
    seed,
    members: Array.from({ length: memberCount }, (_, at) => `storage-${at + 1}`),
    machinesMax: memberCount === 1 ? pick(1, 3, 3) : memberCount === 3 ? pick(3, 3, 5) : 5,
    autoPromote: pick(true, false),
    learnMs: pick(1_000, 20_000, 60_000),
    quotaBytes: pick(0, 0, 0, 32 * 1_024),
    clients: 3 + random.integer(4),
    followers: 2,
    watchers: 2,
    groups: 2 + random.integer(3),
    heartbeatMs,
    electionTimeoutMs: heartbeatMs * pick(5, 10),
    log: {
      segmentBytesMax: pick(8, 16, 64) * 1_024,
      allocateBytes: pick(0, 4, 16) * 1_024,
      snapshotAfterBytes: pick(4, 16, 64, 1_024) * 1_024,
      keptEntriesMax: pick(0, 10, 100),
    },
    rottenMachine: `storage-${1 + random.integer(memberCount)}`,
    safetyMs,
    healingMs: HEALING_MS,
    faultPauseMs: pick(3_000, 6_000, 12_000),
    thinkMs: pick(1_000, 2_000, 4_000),
    faultWeight: (kind) => pickWeight(new SeededRandom(`faults/${seed}/${kind}`)),
  };
}

/** Swarm testing: each seed leaves some kinds of faults out and prefers others, so that rare combinations get their turn. */
function pickWeight(random: SeededRandom): number {
  const chance = random.next();
  if (chance < 0.3) return 0;
  return chance < 0.8 ? 1 : 4;
}
