import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EtcdCluster, freePort } from '@orrery/testing';
import { kubectlPath } from './kubectl-versions.ts';
import { CommandLineCluster, succeeded } from './orrery-command.ts';

/** `orrery up --storage etcd://…`, as a user types it: each service its own process, and the objects in Debian's etcd. */
describe('a cluster whose objects are in etcd', () => {
  const cluster = new CommandLineCluster();
  const kubectl = async (...args: string[]): Promise<string> =>
    succeeded(await cluster.kubectl(kubectlPath(), ...args));
  let etcd: EtcdCluster;

  const up = (): Promise<string> =>
    cluster.up('--processes', '--containers', 'simulated', '--storage', `${etcd.url}/orrery`);

  beforeAll(async () => {
    etcd = await EtcdCluster.start();
    await up();
  }, 120_000);
  afterAll(async () => {
    await cluster.remove();
    await etcd?.close();
  }, 120_000);

  it('runs no storage service, and is ready', async () => {
    const status = succeeded(await cluster.orrery('status'));
    expect(status).toMatch(/apiserver +apiserver-1 +running/);
    expect(status).not.toContain('storage');
    expect(await kubectl('get', 'nodes')).toMatch(/node-1 +Ready /);
    expect(await kubectl('get', '--raw', '/readyz')).toBe('ok');
  });

  it('keeps its objects there, below the prefix, and finds them again', async () => {
    await kubectl('create', 'configmap', 'kept', '--from-literal=colour=blue');
    const keys = await etcd.etcdctl('get', '--prefix', '/orrery/registry/core/configmaps/default/', '--keys-only');
    expect(keys).toContain('/orrery/registry/core/configmaps/default/kept');
    await cluster.down();
    await up();
    expect(await kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.colour}')).toBe('blue');
  }, 120_000);
});

describe('orrery up', () => {
  const cluster = new CommandLineCluster();
  afterAll(() => cluster.remove());

  it.each([
    ['etcd://127.0.0.1:99999', 'there is no port 99999'],
    ['etcd://127.0.0.1:2379?ca=/no/such/file', '/no/such/file cannot be read'],
    ['etcd://127.0.0.1:2379?cert=a', 'cert and key belong together'],
  ])('refuses --storage %s and says why', async (url, reason) => {
    const { exitCode, stderr } = await cluster.orrery('up', '--storage', url);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(reason);
  });

  it('says that etcd does not answer, instead of waiting forever', async () => {
    const url = `etcd://127.0.0.1:${await freePort()}`;
    const { exitCode, stderr } = await cluster.orrery('up', '--bus', 'memory', '--storage', url);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('No connection established');
  }, 90_000);
});
