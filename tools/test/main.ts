/**
 * Runs all tests and ends with one line, `N passed, N failed`. Runs of Jest: what lives in its own process and on loopback runs side by side;
 * what changes the machine (network namespaces, mounts, iptables) runs one after the other; the simulator lives seeds in processes of its own and says which; then the
 * tests of the API run once more, with a real etcd that keeps the objects. With arguments the last is left out.
 *
 *   node tools/test/main.ts [jest arguments]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface JestSummary {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
  numRuntimeErrorTestSuites: number;
}

interface Step {
  readonly name: string;
  readonly project: 'parallel' | 'machine' | 'simulation';
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

const jestArguments = process.argv.slice(2);
const steps: Step[] = [
  { name: 'parallel', project: 'parallel', args: ['--maxWorkers=2'] },
  { name: 'machine', project: 'machine', args: ['--runInBand'] },
  { name: 'simulation', project: 'simulation', args: ['--runInBand', '--verbose'] },
];
if (jestArguments.length === 0) {
  const environment = { ORRERY_TEST_STORAGE: 'etcd' };
  steps.push({
    name: 'etcd',
    project: 'parallel',
    args: ['--maxWorkers=2', 'test/api/', 'test/contract/'],
    environment,
  });
}

const folder = mkdtempSync(join(tmpdir(), 'orrery-test-'));
const totals = { passed: 0, failed: 0 };
try {
  for (const { name, project, args, environment } of steps) {
    const report = join(folder, `${name}.json`);
    const { status } = spawnSync(
      process.execPath,
      [
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        'node_modules/jest/bin/jest.js',
        `--selectProjects=${project}`,
        '--passWithNoTests',
        // Machines may be slow; what hangs ends all the same.
        '--testTimeout=30000',
        '--json',
        `--outputFile=${report}`,
        ...args,
        ...jestArguments,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...environment } },
    );
    const summary = readSummary(report);
    totals.passed += summary.numPassedTests;
    totals.failed += summary.numFailedTests + summary.numRuntimeErrorTestSuites;
    if (status !== 0 && summary.numFailedTests + summary.numRuntimeErrorTestSuites === 0) totals.failed += 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`);
process.exit(totals.failed === 0 ? 0 : 1);

/** A run that broke before it could write its report counts as one failure. */
function readSummary(path: string): JestSummary {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JestSummary;
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numFailedTestSuites: 1, numRuntimeErrorTestSuites: 0 };
  }
}
