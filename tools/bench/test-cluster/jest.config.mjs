import { fileURLToPath } from 'node:url';
import base from '../../../jest.config.mjs';

const [{ displayName: _, roots: __, testPathIgnorePatterns: ___, ...common }] = base.projects;
const rootDir = fileURLToPath(new URL('../../..', import.meta.url));
const project = (index) => ({
  ...common,
  rootDir,
  displayName: `cluster-${index}`,
  roots: ['<rootDir>/tools/bench/test-cluster'],
  testRegex: '\\.bench-test\\.ts$',
});

/** The project's own configuration, with one test as often as clusters shall start at once. */
export default {
  rootDir,
  // Jest runs a few fast tests in its own process, one after the other, unless there is a limit.
  workerIdleMemoryLimit: '4GB',
  projects: Array.from({ length: Number(process.env.ORRERY_BENCH_CLUSTERS ?? 1) }, (_, index) => project(index)),
};
