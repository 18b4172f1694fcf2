import { describe, expect, it } from '@jest/globals';
import { parseCommandLine, UsageError } from './command-line.ts';

describe('the command line', () => {
  it('has defaults for everything', () => {
    expect(parseCommandLine(['up'])).toEqual({
      name: 'up',
      data: '.orrery',
      options: { bus: 'nats', processes: false, containers: 'auto', nodes: 1, storageReplicas: 1, port: 6443 },
    });
  });

  it('takes what an API server is to serve, admit and write down', () => {
    const args = ['--runtime-config', 'api/beta=true,v1=true', '--enable-admission-plugins', 'AlwaysPullImages'];
    expect(parseCommandLine(['up', ...args, '--audit-policy', 'policy.yaml'])).toMatchObject({
      options: {
        runtimeConfig: ['api/beta=true', 'v1=true'],
        admission: { enable: ['AlwaysPullImages'], disable: [] },
        auditPolicy: 'policy.yaml',
      },
    });
  });

  it('takes which members are restored from a backup', () => {
    const args = [
      'storage',
      'restore',
      'state.db',
      '--members',
      'a,b,c',
      '--member',
      'b',
      '--bump-revision',
      '1000000',
    ];
    expect(parseCommandLine(args)).toEqual({
      name: 'storage restore',
      data: '.orrery',
      file: 'state.db',
      options: { members: ['a', 'b', 'c'], member: 'b', bumpRevision: 1_000_000, skipHashCheck: false },
    });
  });

  it.each([
    [[], 'help'],
    [['help'], 'help'],
    [['up', '--help'], 'help'],
    [['down', '--data', '/tmp/x'], 'down'],
    [['kill', 'storage-1'], 'kill'],
    [['image', 'load', 'hello.tar'], 'image load'],
    [['storage', 'backup', 'state.db'], 'storage backup'],
    [['storage', 'snapshot-status', 'state.db', '--json'], 'storage snapshot-status'],
  ])('understands %j', (args, name) => {
    expect(parseCommandLine(args).name).toBe(name);
  });

  it.each([
    [['upp'], 'unknown command "upp"; orrery help lists the commands'],
    [['up', 'now'], 'orrery up takes no "now"'],
    [['up', '--bus', 'kafka'], '--bus must be nats or memory, not "kafka"'],
    [['up', '--nodes', 'many'], '--nodes must be a whole number from 1 to 250, not "many"'],
    [['up', '--port', '70000'], '--port must be a whole number from 1 to 65535, not "70000"'],
    [['up', '--storage', 'http://a:2379'], '--storage must be etcd://HOST:PORT…, not "http://a:2379"'],
    [
      ['up', '--storage', 'etcd://127.0.0.1:2379', '--storage-replicas', '3'],
      '--storage and --storage-replicas exclude each other: no storage service runs beside etcd',
    ],
    [
      ['up', '--storage', 'etcd://127.0.0.1:2379', '--etcd-port', '2379'],
      '--storage and --etcd-port exclude each other: no storage service runs beside etcd',
    ],
    [
      ['up', '--storage-replicas', '2'],
      '--storage-replicas must be 1, 3 or 5, not 2: an even number tolerates no more failures',
    ],
    [
      ['up', '--bus', 'memory', '--processes'],
      '--bus memory and --processes exclude each other: an in-memory bus does not leave its process',
    ],
    [['stop'], 'orrery stop takes one INSTANCE'],
    [['image', 'push'], 'orrery image needs build or load, not "push"'],
    [['storage', 'save'], 'orrery storage needs backup, restore or snapshot-status, not "save"'],
    [['storage', 'backup'], 'orrery storage backup takes one FILE'],
    [['storage', 'restore', 'f', '--members', 'a,a'], '--members must be different names, not "a,a"'],
    [['storage', 'restore', 'f', '--member', 'b'], '--member must be one of --members storage-1, not "b"'],
    [['storage', 'restore', 'f', '--bump-revision', '-1'], "'--bump-revision'"],
    [['up', '--fast'], "Unknown option '--fast'"],
  ])('refuses %j with a reason', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});
