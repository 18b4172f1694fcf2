import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { IptablesPacketFilter } from '@orrery/packet-filter';
import { systemProcesses } from '@orrery/runtime';
import { cleanupKubeProxy } from '../proxier/proxier.ts';
import { isDynamicChain } from './chain-names.ts';
import { jumps } from './fixed-chains.ts';

const folder = join(import.meta.dirname, 'testdata');
const golden = readdirSync(folder).filter((name) => name.endsWith('.golden.txt'));
const namespace = `orrery-kube-proxy-${process.pid}`;

async function ip(...args: string[]): Promise<void> {
  const { exitCode, stderr } = await systemProcesses.run('ip', args);
  if (exitCode !== 0) throw new Error(stderr);
}

describe("kube-proxy's rules in a kernel", () => {
  const filter = new IptablesPacketFilter(systemProcesses, ['ip', 'netns', 'exec', namespace]);

  beforeEach(() => ip('netns', 'add', namespace));
  afterEach(() => ip('netns', 'del', namespace));

  it.each(golden)('are accepted: %s', async (name) => {
    await filter.restore(readFileSync(join(folder, name), 'utf8'));
    for (const jump of jumps) await filter.ensureJump(jump);
    expect(await filter.chains('nat')).toContain('KUBE-SERVICES');
  });

  it('are taken away without a trace, twice', async () => {
    const untouched = await filter.chains('nat');
    await filter.restore(readFileSync(join(folder, 'cluster-ip.golden.txt'), 'utf8'));
    for (const jump of jumps) await filter.ensureJump(jump);
    expect((await filter.chains('nat')).some(isDynamicChain)).toBe(true);
    await cleanupKubeProxy(filter);
    await cleanupKubeProxy(filter);
    expect((await filter.chains('nat')).filter((chain) => chain.startsWith('KUBE-'))).toEqual([]);
    expect((await filter.chains('filter')).filter((chain) => chain.startsWith('KUBE-'))).toEqual([]);
    expect(untouched.filter((chain) => chain.startsWith('KUBE-'))).toEqual([]);
  });
});
