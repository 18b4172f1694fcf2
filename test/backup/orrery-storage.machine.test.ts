import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { kubectlVersions } from '../e2e/kubectl-versions.ts';
import { CommandLineCluster, run, succeeded } from '../e2e/orrery-command.ts';

jest.setTimeout(120_000);

/** A cluster's state leaves it as a file, and begins another one, all by commands that a person types. */
describe('orrery storage', () => {
  const first = new CommandLineCluster();
  const second = new CommandLineCluster();
  const folder = mkdtempSync(join(tmpdir(), 'orrery-test-storage-'));
  const file = join(folder, 'state.db');
  const kubectl = kubectlVersions().at(-1)?.path ?? 'kubectl';
  const ask = async (cluster: CommandLineCluster, ...args: string[]) =>
    succeeded(await cluster.kubectl(kubectl, ...args));
  const colour = (cluster: CommandLineCluster) =>
    ask(cluster, 'get', 'configmap', 'kept', '-o', 'jsonpath={.data.colour}');

  beforeAll(async () => {
    await first.up('--containers', 'simulated');
    await ask(first, 'create', 'configmap', 'kept', '--from-literal=colour=blue');
  });
  afterAll(async () => {
    await first.remove();
    await second.remove();
    rmSync(folder, { recursive: true });
  });

  it('writes a running cluster’s state into a new file, and never over another', async () => {
    expect(succeeded(await first.orrery('storage', 'backup', file))).toMatch(/^saved .*state\.db at revision \d+\n$/);
    const again = await first.orrery('storage', 'backup', file);
    expect([again.exitCode, again.stderr]).toEqual([
      1,
      `orrery: ${file} exists already; a backup never replaces a file\n`,
    ]);
  });

  it('says of the file what etcdctl says', async () => {
    const env = { ...process.env, ETCDCTL_API: '3' };
    const theirs = succeeded(await run('etcdctl', ['snapshot', 'status', file], { env }));
    expect(succeeded(await first.orrery('storage', 'snapshot-status', file))).toBe(theirs);
    const json = succeeded(await run('etcdctl', ['snapshot', 'status', file, '-w', 'json'], { env }));
    const ours = succeeded(await first.orrery('storage', 'snapshot-status', file, '--json'));
    expect(JSON.parse(ours)).toEqual(JSON.parse(json));
  });

  it('begins another cluster with it, of three members, each its own process', async () => {
    await ask(first, 'create', 'configmap', 'kept-not', '--from-literal=colour=red');
    const members = 'storage-1,storage-2,storage-3';
    expect(succeeded(await second.orrery('storage', 'restore', file, '--members', members))).toContain(
      `restored storage-3 into ${join(second.data, 'services', 'storage-3')}`,
    );
    await second.up('--containers', 'simulated', '--processes', '--storage-replicas', '3');
    expect(await colour(second)).toBe('blue');
    expect((await second.kubectl(kubectl, 'get', 'configmap', 'kept-not')).stderr).toContain('NotFound');
    await ask(second, 'patch', 'configmap', 'kept', '--patch', '{"data":{"colour":"green"}}');
    expect([await colour(first), await colour(second)]).toEqual(['blue', 'green']);
  });

  it('does not restore over what is there, nor from what is no backup or a damaged one', async () => {
    const over = await first.orrery('storage', 'restore', file);
    expect(over.stderr).toContain(`${join(first.data, 'services', 'storage-1')} is not empty`);
    const elsewhere = (path: string) =>
      run(process.execPath, ['apps/orrery/bin/orrery.js', 'storage', 'restore', path, '--data', join(folder, 'other')]);
    expect((await elsewhere(join(folder, 'none.db'))).stderr).toBe(`orrery: ${folder}/none.db cannot be read\n`);
    writeFileSync(join(folder, 'text.db'), 'hello');
    expect((await elsewhere(join(folder, 'text.db'))).stderr).toContain('the file is no backup');
    const rotten = readFileSync(file);
    rotten[20_000] = (rotten[20_000] ?? 0) ^ 1;
    writeFileSync(join(folder, 'rotten.db'), rotten);
    expect((await elsewhere(join(folder, 'rotten.db'))).stderr).toContain('the backup is damaged: its SHA-256 is');
  });

  it('says that no cluster runs where none does', async () => {
    await first.down();
    const outcome = await first.orrery('storage', 'backup', join(folder, 'late.db'));
    expect([outcome.exitCode, outcome.stderr]).toEqual([1, expect.stringContaining('no cluster answers at')]);
  });
});
