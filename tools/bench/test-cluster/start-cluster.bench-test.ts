import { appendFileSync } from 'node:fs';
import { it } from '@jest/globals';
import { measureStart } from './measure-start.ts';

it('starts a cluster', async () => {
  const times = await measureStart();
  appendFileSync(process.env.ORRERY_BENCH_REPORT ?? '/dev/null', `${JSON.stringify(times)}\n`);
}, 60_000);
