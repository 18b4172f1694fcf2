import { request } from 'node:https';
import type { Pod } from '@orrery/api';
import type { ClusterAccess } from '@orrery/client';

/** Follows all pods from now on, over HTTPS as kubectl does. Lines of pods that do not run yet are not even parsed. */
export class RunningPods implements Disposable {
  private readonly running = new Map<string, number>();
  private readonly waiting = new Set<() => void>();
  private end: () => void = () => undefined;

  static async follow(access: ClusterAccess): Promise<RunningPods> {
    const pods = new RunningPods();
    await pods.open(access);
    return pods;
  }

  /** Pods that have been seen Running. */
  get count(): number {
    return this.running.size;
  }

  /** Resolves with the time (of `performance.now`) at which the pod was first seen Running. */
  async whenRunning(name: string): Promise<number> {
    await this.until(() => this.running.has(name));
    return this.running.get(name) ?? Number.NaN;
  }

  /** Resolves when the condition, asked after each change, holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  [Symbol.dispose](): void {
    this.end();
  }

  private open({ server, certificateAuthority, clientCertificate, clientKey }: ClusterAccess): Promise<void> {
    return new Promise((resolve, reject) => {
      const url = new URL('/api/v1/pods?watch=1', server);
      const outgoing = request(url, { ca: certificateAuthority, cert: clientCertificate, key: clientKey });
      this.end = () => outgoing.destroy();
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        resolve();
        response.on('error', () => undefined);
        let rest = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          this.take(lines);
        });
      });
      outgoing.end();
    });
  }

  private take(lines: readonly string[]): void {
    const now = performance.now();
    for (const line of lines) {
      if (!line.includes('"phase":"Running"')) continue;
      const { object } = JSON.parse(line) as { object: Pod };
      const { name } = object.metadata;
      if (!this.running.has(name)) this.running.set(name, now);
    }
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}
