/**
 * The simulator.
 *
 *   npm run sim -- storage --seed 42                   one seed, with the story of what happened
 *   npm run sim -- storage --seeds 1000 [--from 1]     many, in parallel
 *   npm run sim -- storage --mutation <name>           with a bug in it, until a seed finds it
 *   npm run sim -- storage --mutations                 all bugs, one after the other
 *
 * [--minutes 10] of virtual time with faults for each seed (with a mutation 4), [--jobs 2] processes, [--lines 60] of the story.
 */
import { parseArgs } from 'node:util';
import { type SimulatorOptions, simulateStorage } from './campaign/simulate-storage.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    minutes: { type: 'string' },
    jobs: { type: 'string' },
    lines: { type: 'string' },
    mutation: { type: 'string' },
    mutations: { type: 'boolean' },
  },
});

function number(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  process.stderr.write(`--${name} ${text} is not a number\n`);
  process.exit(2);
}

if (positionals.length !== 1 || positionals[0] !== 'storage') {
  process.stderr.write(
    'usage: npm run sim -- storage [--seed N | --seeds N [--from N] | --mutation NAME | --mutations]\n',
  );
  process.exit(2);
}

const single = values.seed === undefined ? undefined : number('seed', values.seed, 0);
const options: SimulatorOptions = {
  from: single ?? number('from', values.from, 1),
  count: single === undefined ? number('seeds', values.seeds, values.mutation || values.mutations ? 200 : 100) : 1,
  safetyMs: number('minutes', values.minutes, values.mutation || values.mutations ? 4 : 10) * 60_000,
  jobs: single === undefined ? number('jobs', values.jobs, 2) : 1,
  linesMax: number('lines', values.lines, 60),
  tellStory: single !== undefined,
  mutation: values.mutation,
  allMutations: values.mutations === true,
  say: (line) => void process.stdout.write(`${line}\n`),
};
process.exitCode = (await simulateStorage(options)) ? 0 : 1;
