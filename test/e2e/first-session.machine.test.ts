import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Kubectl, kubectlVersions } from './kubectl-versions.ts';
import { CommandLineCluster, run, succeeded } from './orrery-command.ts';

/** Rollouts of real containers with their graceful ends; nothing waits this long. */
jest.setTimeout(120_000);

const example = 'k8s-manifests/examples/hello.yaml';

/** The README's first session with real containers, typed by each kubectl that the machine has. */
const cluster = new CommandLineCluster();

describe('the first session, with real containers', () => {
  beforeAll(async () => {
    await cluster.up('--containers', 'runc');
  }, 120_000);
  afterAll(() => cluster.remove(), 120_000);

  const versions = kubectlVersions();

  it('has kubectl in at least two versions to try', () => {
    expect(versions.length).toBeGreaterThanOrEqual(2);
  });

  describe.each([versions[0], versions.at(-1)].filter((version) => version !== undefined))(
    'with $label',
    ({ path }: Kubectl) => {
      const kubectl = async (...args: string[]): Promise<string> => succeeded(await cluster.kubectl(path, ...args));
      const podNames = async (): Promise<string[]> =>
        (
          await kubectl(
            'get',
            'pods',
            '-l',
            'app=hello',
            '--field-selector=status.phase=Running',
            '-o',
            'jsonpath={.items[*].metadata.name}',
          )
        )
          .split(' ')
          .filter(Boolean);
      let address = '';
      const curl = async (): Promise<string> =>
        succeeded(await run('curl', ['--silent', '--show-error', '--max-time', '5', `http://${address}/`]));

      /** The first answer of that version; old pods may answer a little longer than a rollout lasts. */
      const answerOf = async (version: string): Promise<string> => {
        let answer = await curl();
        for (let request = 0; request < 200 && !answer.includes(`(${version})`); request += 1) answer = await curl();
        return answer;
      };

      it('sees the cluster', async () => {
        expect(await kubectl('version')).toMatch(/v?1\.36|Minor:"36"/);
        expect(await kubectl('get', 'nodes', '-o', 'wide')).toMatch(/node-1 +Ready /);
        expect(await kubectl('get', '--raw', '/readyz')).toContain('ok');
      });

      it('applies the example and waits for it', async () => {
        const applied = await kubectl('apply', '-f', example);
        expect(applied).toContain('deployment.apps/hello created');
        expect(await kubectl('rollout', 'status', 'deployment/hello', '--timeout=60s')).toContain(
          'successfully rolled out',
        );
        const listed = await kubectl('get', 'deploy,rs,pods,svc,endpointslices', '-o', 'wide');
        expect(listed).toMatch(/deployment.apps\/hello +3\/3 +3 +3/);
        address = await kubectl('get', 'service', 'hello', '-o', 'jsonpath={.spec.clusterIP}');
      });

      it('is answered by all three pods at the cluster IP', async () => {
        const expected = (await podNames()).sort();
        expect(expected).toHaveLength(3);
        const answered = new Set<string>();
        for (let request = 0; request < 100 && answered.size < 3; request += 1) {
          answered.add(/Hello from (\S+) \(hello:1\)/.exec(await curl())?.[1] ?? 'nobody');
        }
        expect([...answered].sort()).toEqual(expected);
      });

      it('reads logs and runs commands', async () => {
        const [pod = ''] = await podNames();
        expect(await kubectl('logs', 'deploy/hello')).toContain('hello:1 listens on port 8080');
        expect(await kubectl('exec', pod, '--', 'cat', '/etc/hostname')).toBe(`${pod}\n`);
        expect(await kubectl('exec', pod, '--', 'cat', '/etc/hello/motd')).toBe('This file is a ConfigMap key.\n');
        expect(await kubectl('exec', pod, '--', 'sh', '-c', 'echo $GREETING')).toBe('Hello from\n');
        const failed = await cluster.kubectl(path, 'exec', pod, '--', 'sh', '-c', 'exit 3');
        expect(failed.exitCode).toBe(3);
        expect(failed.stderr).toContain('command terminated with exit code 3');
      });

      it('scales, and replaces a deleted pod', async () => {
        await kubectl('scale', 'deploy/hello', '--replicas=5');
        await kubectl('rollout', 'status', 'deployment/hello', '--timeout=60s');
        const before = await podNames();
        expect(before).toHaveLength(5);
        await kubectl('delete', 'pod', before[0] ?? '');
        await kubectl('rollout', 'status', 'deployment/hello', '--timeout=60s');
        const after = await podNames();
        expect(after).toHaveLength(5);
        expect(after).not.toContain(before[0]);
      });

      it('rolls to another image and back, and nobody sees an error', async () => {
        let rolling = true;
        const errors: string[] = [];
        let requests = 0;
        const client = (async () => {
          while (rolling) {
            requests += 1;
            await curl().catch((error: unknown) => errors.push(String(error)));
          }
        })();
        try {
          await kubectl('set', 'image', 'deploy/hello', 'web=orrery.local/hello:2');
          await kubectl('rollout', 'status', 'deployment/hello', '--timeout=90s');
          expect(await answerOf('hello:2')).toContain('(hello:2)');
          await kubectl('rollout', 'undo', 'deployment/hello');
          await kubectl('rollout', 'status', 'deployment/hello', '--timeout=90s');
        } finally {
          rolling = false;
          await client;
        }
        expect(await answerOf('hello:1')).toContain('(hello:1)');
        expect(errors).toEqual([]);
        expect(requests).toBeGreaterThan(10);
      });

      it('tells what happened', async () => {
        expect(await kubectl('get', 'events')).toMatch(/ScalingReplicaSet/);
        const [pod = ''] = await podNames();
        expect(await kubectl('describe', 'pod', pod)).toMatch(/Container started|Started container web/);
      });

      it('takes everything away that the example made', async () => {
        await kubectl('delete', '-f', example);
        await kubectl('wait', '--for=delete', 'pod', '-l', 'app=hello', '--timeout=60s').catch(() => '');
        expect(await kubectl('get', 'all,configmaps,endpointslices', '-l', 'app=hello', '-o', 'name')).toBe('');
        expect(await kubectl('get', 'pods', '-o', 'name')).toBe('');
      });
    },
  );
});

/** Runs after the suite above, whose `afterAll` has stopped the cluster. */
describe('after orrery down', () => {
  it('nothing of the cluster is left on the machine', async () => {
    const rules = succeeded(await run('iptables-save', []));
    expect(rules).not.toMatch(/KUBE-|ORRERY-/);
    expect(succeeded(await run('ip', ['link']))).not.toMatch(/orrery/);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(cluster.data);
    expect(succeeded(await run('ip', ['netns', 'list']))).not.toMatch(/orrery|cni-/);
    const processes = succeeded(await run('ps', ['-eo', 'args']));
    expect(processes.split('\n').filter((line) => line.includes(cluster.data))).toEqual([]);
  });
});
