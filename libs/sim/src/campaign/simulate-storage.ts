import { findMutation, MUTATIONS } from '../mutations/mutations.ts';
import { SAFETY_MS } from '../storage/storage-scenario.ts';
import type { SeedReport } from './seed-report.ts';
import { runCampaign } from './seed-workers.driver.ts';

export interface SimulatorOptions {
  /** The first seed. */
  readonly from: number;
  readonly count: number;
  readonly safetyMs: number;
  readonly jobs: number;
  /** Lines of a failure's story that are printed. */
  readonly linesMax: number;
  /** Print the digest, so that two runs of one seed can be compared. */
  readonly tellStory: boolean;
  readonly mutation: string | undefined;
  readonly allMutations: boolean;
  readonly say: (line: string) => void;
}

/** Seeds between two lines of progress. */
const PROGRESS_EVERY = 50;
/** Failures that are printed in full; more are only counted. */
const FAILURES_TOLD_MAX = 3;

/** Does what the command line asks. True: what should hold holds, and a mutation was found. */
export async function simulateStorage(options: SimulatorOptions): Promise<boolean> {
  if (options.allMutations) return findAll(options);
  if (options.mutation !== undefined) return (await findMutant(options, options.mutation, true)) !== undefined;
  const failures = await liveSeeds(options);
  return failures.length === 0;
}

async function liveSeeds(options: SimulatorOptions): Promise<SeedReport[]> {
  const { from, count, say } = options;
  const failures: SeedReport[] = [];
  const total = { done: 0, operations: 0, answered: 0, faults: 0, undecided: 0, simulatedMs: 0, cpuMs: 0 };
  const report = (run: SeedReport): void => {
    total.done++;
    for (const key of ['operations', 'answered', 'faults', 'undecided', 'simulatedMs', 'cpuMs'] as const)
      total[key] += run[key];
    if (run.violation !== undefined) {
      failures.push(run);
      if (failures.length <= FAILURES_TOLD_MAX) tell(run, options);
      else say(`seed ${run.seed} failed: ${run.violation.split('\n')[0]}`);
    } else if (options.tellStory) {
      say(
        `seed ${run.seed}: ${run.operations} requests, ${run.faults} faults, ${run.revisions} revisions; digest ${run.digest}`,
      );
    }
    if (total.done % PROGRESS_EVERY === 0) say(`${total.done} of ${count} seeds, ${failures.length} failed`);
  };
  const seeds = Array.from({ length: count }, (_, at) => from + at);
  await runCampaign({ ...campaignOf(options), seeds, stopAtFailure: false, report });
  const hours = (total.simulatedMs / 3_600_000).toFixed(1);
  const cpu = (total.cpuMs / Math.max(1, total.done) / 1000).toFixed(2);
  say(
    `${total.done} seeds from ${from}: ${failures.length} failed; ${hours} simulated hours, ${total.faults} faults, ${total.operations} requests ` +
      `(${total.answered} answered), ${total.undecided} histories undecided; ${cpu} s of CPU a seed`,
  );
  if (failures.length > 0) say(`failed: ${failures.map(({ seed }) => seed).join(' ')}`);
  return failures;
}

function tell(run: SeedReport, { say, linesMax, mutation, safetyMs }: SimulatorOptions): void {
  const how = mutation === undefined ? minutesOf(safetyMs) : ` --mutation ${mutation}`;
  say(`seed ${run.seed} failed; the last of what happened:`);
  for (const line of run.story.slice(Math.max(0, run.story.length - linesMax))) say(line);
  say(run.violation ?? '');
  say(`digest ${run.digest}; once more: npm run sim -- storage --seed ${run.seed}${how}`);
}

/** Only where it is not the default. */
function minutesOf(safetyMs: number): string {
  return safetyMs === SAFETY_MS ? '' : ` --minutes ${safetyMs / 60_000}`;
}

async function findAll(options: SimulatorOptions): Promise<boolean> {
  const missed: string[] = [];
  const names = MUTATIONS.map(({ name }) => name).values();
  // Each mutation needs a process of its own; several of them run at a time.
  const work = async (): Promise<void> => {
    for (const name of names) {
      if ((await findMutant({ ...options, jobs: 1 }, name, false)) === undefined) missed.push(name);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  options.say(
    `${MUTATIONS.length - missed.length} of ${MUTATIONS.length} mutations found within ${options.count} seeds`,
  );
  if (missed.length > 0) options.say(`missed: ${missed.join(' ')}`);
  return missed.length === 0;
}

/** The report of the seed that finds the bug, if one does. */
async function findMutant(options: SimulatorOptions, name: string, inFull: boolean): Promise<SeedReport | undefined> {
  const { from, count, say } = options;
  const { breaks } = findMutation(name);
  let found: SeedReport | undefined;
  let lived = 0;
  const seeds = Array.from({ length: count }, (_, at) => from + at);
  const report = (run: SeedReport): void => {
    lived++;
    if (run.violation !== undefined) found ??= run;
  };
  await runCampaign({ ...campaignOf(options), mutation: name, seeds, stopAtFailure: true, report });
  if (found !== undefined && inFull) tell(found, options);
  const outcome =
    found === undefined ? `NOT found in ${lived} seeds` : `found by seed ${found.seed}: ${firstLine(found)}`;
  say(`${name} (${breaks}): ${outcome}`);
  return found;
}

function firstLine({ violation = '' }: SeedReport): string {
  return violation.split('\n')[0] ?? '';
}

function campaignOf({ safetyMs, jobs, mutation }: SimulatorOptions) {
  return { safetyMs, jobs, ...(mutation === undefined ? {} : { mutation }) };
}
