import { SeededRandom } from '@orrery/runtime';
import { KnownHistory } from '../checker/known-history.ts';
import { checkAnswers, checkFollowers, checkGroups, checkLeases } from '../checker/storage-checks.ts';
import { Violation } from '../checker/violation.ts';
import { checkWatches } from '../checker/watch-checks.ts';
import { FAULTS, healAll } from './faults.ts';
import { voters } from './membership.ts';
import { keyName, rangeOf } from './storage-client.ts';
import type { StorageScenario } from './storage-scenario.ts';
import { StorageWorld } from './storage-world.ts';

/** What came of one seed. */
export interface StorageRun {
  readonly seed: number;
  /** Undefined: every promise was kept. */
  readonly violation: Error | undefined;
  /** Equal for equal runs. */
  readonly digest: string;
  /** The last of what happened, readable. */
  readonly story: readonly string[];
  readonly simulatedMs: number;
  readonly operations: number;
  /** Operations whose outcome the client learned. */
  readonly answered: number;
  readonly revisions: number;
  readonly faults: number;
  /** Groups of keys whose linearizability the bounded search could not decide. */
  readonly undecided: number;
}

/** Time for the first leader. */
const START_MS = 20_000;
/** After the faults, how long a leader may take to be found and a member to catch up. */
const PROGRESS_MS = 60_000;

/**
 * Lives one seed's history and checks what it promised. Never throws for a broken promise: that is the result. `onBegin` is given what ends the
 * run with an error that was noticed elsewhere.
 */
export async function runStorage(
  scenario: StorageScenario,
  onBegin: (fail: (error: unknown) => void) => void = () => {},
): Promise<StorageRun> {
  const world = new StorageWorld(scenario);
  onBegin((error) => world.fail(error));
  const tally = { faults: 0, undecided: 0 };
  try {
    await begin(world);
    await safetyPhase(world, tally);
    await healingPhase(world);
    await check(world, tally);
  } catch (error) {
    world.fail(error);
  }
  const digest = world.story.digest();
  world.end();
  return {
    seed: scenario.seed,
    violation: world.violation,
    digest,
    story: world.story.last(),
    simulatedMs: world.time.monotonic(),
    operations: world.operations.operations.length,
    answered: world.operations.answered,
    revisions: world.followers[0]?.position ?? 0,
    ...tally,
  };
}

async function begin(world: StorageWorld): Promise<void> {
  for (const machine of world.machines.values()) machine.start();
  const isLed = (): boolean =>
    [...world.machines.values()].some(({ member }) => member !== undefined && member.leader !== '');
  await must(world, 'a new cluster finds a leader', isLed, START_MS);
  world.startClientsAndFollowers();
}

async function safetyPhase(world: StorageWorld, tally: { faults: number }): Promise<void> {
  const { scenario, time } = world;
  const random = new SeededRandom(`${scenario.seed}/faults`);
  const end = time.monotonic() + scenario.safetyMs;
  const weighted = FAULTS.flatMap((fault) => Array.from({ length: scenario.faultWeight(fault.kind) }, () => fault));
  let isAlone = false;
  while (time.monotonic() < end && world.violation === undefined) {
    await world.runFor(Math.min(-Math.log(1 - random.next()) * scenario.faultPauseMs, end - time.monotonic()));
    const fault = weighted[random.integer(Math.max(1, weighted.length))];
    if (fault === undefined || isAlone || world.violation !== undefined || time.monotonic() >= end) continue;
    tally.faults++;
    isAlone = fault.alone === true;
    const seed = `${scenario.seed}/fault/${tally.faults}`;
    Promise.resolve(fault.strike(world, new SeededRandom(seed)))
      .catch((error: unknown) => world.fail(error))
      .finally(() => {
        if (fault.alone === true) isAlone = false;
      });
  }
}

/** No faults any more: everybody gets what they ask for, and all members come to hold the same. */
async function healingPhase(world: StorageWorld): Promise<void> {
  const { time, scenario } = world;
  if (world.violation !== undefined) return;
  world.story.tell('healing', 'no more faults');
  const end = time.monotonic() + scenario.healingMs;
  // Faults that are under way end by themselves within this time; each is undone at once all the same.
  while (time.monotonic() < end - PROGRESS_MS && world.violation === undefined) {
    healAll(world);
    await world.runFor(5_000);
  }
  for (const client of world.clients) client.stop();
  healAll(world);
  const progress = world.clients.map((client, at) => {
    const state = { wrote: false, read: false };
    void (async () => {
      while (!state.wrote && world.violation === undefined)
        state.wrote = await client.write(`g${at % scenario.groups}`);
      while (!state.read && world.violation === undefined) state.read = await client.read(`g${at % scenario.groups}`);
    })();
    return state;
  });
  await must(
    world,
    'after the faults every client can write and read',
    () => progress.every(({ read }) => read),
    PROGRESS_MS,
  );
  await world.runUntil(() => time.monotonic() >= end, scenario.healingMs);
  await untilComplete(world);
  const revision = await converge(world);
  if (world.violation === undefined) await compareHashes(world, revision);
}

/** Every machine's member counts again. */
async function untilComplete(world: StorageWorld): Promise<void> {
  let isComplete = false;
  let isAsking = false;
  const ask = async (): Promise<void> => {
    isAsking = true;
    const names = await voters(world);
    isComplete = world.rebuilding.size === 0 && names?.length === world.machines.size;
    await world.time.sleep(500);
    isAsking = false;
  };
  const look = (): boolean => {
    if (!isAsking) void ask();
    return isComplete;
  };
  await must(world, 'members that were replaced count again in the end', look, 2 * PROGRESS_MS);
}

/** All members hold the same, and the registry log tells all of it. */
async function converge(world: StorageWorld): Promise<number> {
  const read = async (member: string) => {
    const { result } = await world.operator.ask(rangeOf('/', { serializable: true }), { member, timeoutMs: 2_000 });
    if (result?.$case !== 'range') return undefined;
    const { kvs, revision } = result.value;
    const text = kvs.map((kv) => `${keyName(kv.key)}@${kv.modRevision}#${kv.version}=${keyName(kv.value)}`).join('\n');
    return { revision, text: `${configurationOf(world, member)}\n${text}` };
  };
  let states: ({ revision: number; text: string } | undefined)[] = [];
  const look = async (): Promise<void> => {
    states = await Promise.all(world.memberNames.map(read));
  };
  const isSame = (): boolean =>
    states.length > 0 &&
    states.every(
      (state) => state?.text === states[0]?.text && state?.revision === states[0]?.revision && state !== undefined,
    );
  const isPublished = (): boolean =>
    [...world.followers, ...world.watchers].every(({ position }) => position === states[0]?.revision);
  const limit = world.time.monotonic() + PROGRESS_MS;
  while (!(isSame() && isPublished()) && world.time.monotonic() < limit && world.violation === undefined) {
    let isKnown = false;
    void look().then(() => {
      isKnown = true;
    });
    await world.runUntil(() => isKnown, PROGRESS_MS);
    await world.runFor(500);
  }
  const revision = states[0]?.revision ?? 0;
  if (world.violation !== undefined) return revision;
  const revisions = world.memberNames.map((name, at) => `${name}: ${states[at]?.revision}`).join(', ');
  if (!isSame())
    throw new Violation(
      'members hold the same in the end',
      `${revisions}\n${states.map((state) => state?.text).join('\n\n')}`,
    );
  const positions = [...world.followers, ...world.watchers].map(({ position }) => position).join(', ');
  if (!isPublished())
    throw new Violation('followers and watchers are told all in the end', `they are at ${positions}; ${revisions}`);
  return revision;
}

/** All that is kept of the history is the same, too. */
async function compareHashes(world: StorageWorld, revision: number): Promise<void> {
  const hashes: string[] = [];
  const ask = async (): Promise<void> => {
    for (const member of world.memberNames) {
      const { result } = await world.operator.ask({ $case: 'hash', value: { revision } }, { member, timeoutMs: 5_000 });
      if (result?.$case !== 'hash')
        throw new Violation('members tell their hash', `${member}: ${JSON.stringify(result)}`);
      hashes.push(`${result.value.hash} since ${result.value.compactRevision}`);
    }
  };
  void ask().catch((error: unknown) => world.fail(error));
  await must(world, 'members tell their hash', () => hashes.length === world.memberNames.length, PROGRESS_MS);
  if (new Set(hashes).size > 1) throw new Violation('members have the same hash in the end', hashes.join(', '));
}

/** Who counts, as that member knows it. */
function configurationOf(world: StorageWorld, member: string): string {
  const { voters = [], learners = [] } = world.machines.get(member)?.member?.raftStatus?.configuration ?? {};
  return `voters ${voters.join()}; learners ${learners.join()}`;
}

async function check(world: StorageWorld, tally: { undecided: number }): Promise<void> {
  if (world.violation !== undefined) return;
  const [first] = world.followers;
  if (first === undefined) return;
  const gaps = world.followers.flatMap((follower) => follower.gaps);
  if (gaps.length > 0 && !world.brokerLostEntries) {
    throw new Violation('the registry log has no gaps', JSON.stringify(gaps));
  }
  const history = KnownHistory.of(first.changes, gaps.length === 0);
  checkFollowers(world.followers.map(({ changes }) => changes));
  checkWatches(world.watchers, history);
  checkAnswers(world.operations.operations, history);
  checkLeases(world.operations.leases, history, world.time.monotonic());
  const proposed = world.scenario.members.length === 1 ? undefined : world.proposed;
  tally.undecided = checkGroups(world.operations.operations, history, proposed).undecided;
}

async function must(world: StorageWorld, rule: string, condition: () => boolean, limit: number): Promise<void> {
  if (await world.runUntil(condition, limit)) return;
  if (world.violation === undefined) throw new Violation(rule, `not within ${limit} ms`);
}
