/** A process that lives one seed after the other, as its parent asks; the one argument names a mutation. */
import { applyMutation } from '../mutations/apply-mutation.driver.ts';
import { findMutation } from '../mutations/mutations.ts';
import { type SeedOrder, seedReport } from './seed-report.ts';

const name = process.argv[2];
const applied = name === undefined ? undefined : applyMutation(findMutation(name));
// Only now: a mutation must be in place before the modules are loaded that it changes.
const { runStorage } = await import('../storage/run-storage.ts');
const { scenarioOf } = await import('../storage/storage-scenario.ts');
applied?.mustHaveMatched();

/** Tells the run at hand what nobody else has caught: a promise that no code waits for has failed. */
let fail: (error: unknown) => void = (error) => {
  throw error;
};
process.on('uncaughtException', (error) => fail(error));
process.on('unhandledRejection', (error) => fail(error));

process.on('message', ({ seed, safetyMs }: SeedOrder) => {
  const before = process.cpuUsage();
  const onWorld = (failWorld: (error: unknown) => void): void => {
    fail = failWorld;
  };
  void runStorage(scenarioOf(seed, safetyMs), onWorld).then((run) => {
    const { user, system } = process.cpuUsage(before);
    process.send?.(seedReport(run, (user + system) / 1000));
  });
});
process.on('disconnect', () => process.exit(0));
