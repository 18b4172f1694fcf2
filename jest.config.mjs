/** Sources run as they are: `@orrery/*` resolves to TypeScript through the `source` export condition. */
const common = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'default'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: false },
          target: 'es2024',
        },
        module: { type: 'es6' },
      },
    ],
  },
  modulePathIgnorePatterns: ['/dist/'],
};

/** Tests that change the machine end in `.machine.test.ts` and run one after the other, as root. */
const machineTests = '\\.machine\\.test\\.ts$';
/** Tests that live many seeds of the simulator end in `.simulation.test.ts`; each keeps two cores busy by itself. */
const simulationTests = '\\.simulation\\.test\\.ts$';

export default {
  // Modules of finished test files are not given back by Node; a fresh process does.
  workerIdleMemoryLimit: '2GB',
  projects: [
    {
      ...common,
      displayName: 'parallel',
      roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test', '<rootDir>/tools'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/', machineTests, simulationTests],
    },
    {
      ...common,
      displayName: 'machine',
      roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'],
      testRegex: machineTests,
      testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    },
    {
      ...common,
      displayName: 'simulation',
      roots: ['<rootDir>/libs/sim'],
      testRegex: simulationTests,
      testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    },
  ],
};
