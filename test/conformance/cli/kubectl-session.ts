import { type ChildProcess, spawn } from 'node:child_process';
import { expect } from '@jest/globals';
import { Pod } from '@orrery/api';
import type { HttpsCluster } from '../../api/https-cluster.ts';
import { type Kubectl, oldestAndNewestKubectl } from '../../e2e/kubectl-versions.ts';

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The oldest and the newest kubectl of this machine; with `npm test` at least Debian's 1.20. */
const kubectls: readonly Kubectl[] = oldestAndNewestKubectl();

/** One kubectl, in a namespace of its own. */
export class KubectlSession {
  private constructor(
    private readonly cluster: HttpsCluster,
    private readonly kubectl: Kubectl,
    readonly namespace: string,
  ) {}

  /** Does the same with each kubectl. `name`: begins the names of the namespaces. */
  static async forEach(
    cluster: HttpsCluster,
    name: string,
    test: (kubectl: KubectlSession) => Promise<void>,
  ): Promise<void> {
    if (kubectls.length === 0) throw new Error('there is no kubectl on this machine; `npm test` unpacks one');
    for (const [index, kubectl] of kubectls.entries()) {
      const session = new KubectlSession(cluster, kubectl, `${name}-${index}`);
      await session.ok(['create', 'namespace', session.namespace]);
      await cluster.cluster.raw.post(`/api/v1/namespaces/${session.namespace}/serviceaccounts`, {
        metadata: { name: 'default' },
      });
      await test(session);
      await session.ok(['delete', 'namespace', session.namespace, '--wait=false']);
    }
  }

  /** `args` in the session's namespace; `input` goes to its standard input. */
  run(args: readonly string[], input = ''): Promise<Run> {
    const child = this.start(args);
    child.stdin?.end(input);
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
      });
    }
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exitCode) => resolve({ exitCode: exitCode ?? 1, ...output }));
    });
  }

  /** What it prints; fails the test where it fails. */
  async ok(args: readonly string[], input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(args, input);
    expect({ kubectl: this.kubectl.label, args, exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return stdout;
  }

  /** The parsed object, or list. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
  async json(...args: string[]): Promise<any> {
    return JSON.parse(await this.ok(['get', ...args, '-o', 'json']));
  }

  /** For what goes on until it is killed. */
  start(args: readonly string[]): ChildProcess {
    return spawn(this.kubectl.path, ['--namespace', this.namespace, ...args], {
      env: this.cluster.kubectlEnvironment,
      timeout: 25_000,
    });
  }

  /** Waits until so many pods with the label run and are ready, and no other; answers their names. */
  async readyPods(label: string, value: string, count: number): Promise<string[]> {
    const all = await this.cluster.cluster.waitForAll(Pod, (pods) => {
      const ours = pods.filter((pod) => this.has(pod, label, value));
      return ours.length === count && ours.every(isReady);
    });
    return all.filter((pod) => this.has(pod, label, value)).map(({ metadata }) => metadata.name);
  }

  private has({ metadata }: Pod, label: string, value: string): boolean {
    return metadata.namespace === this.namespace && metadata.labels?.[label] === value;
  }
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && status.phase === 'Running' && ready?.status === 'True';
}
