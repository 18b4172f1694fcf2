import type { Pod } from '@orrery/api';
import { readLogTail } from '../logs/log-tail.ts';
import { initContainersOf } from '../pod-lifecycle/pod-shape.ts';
import type { RuntimePod } from '../pod-lifecycle/runtime-pod.ts';
import { containerLogPath, podLogFolder } from '../volumes/pod-folders.ts';
import type { NodeContext } from './node-context.ts';

/** Bytes of a termination message, and of a log that stands in for one. */
const messageBytesMax = 4096;
const logBytesMax = 2048;
const logLinesMax = 80;

/** What ended containers left as their last words. */
export class TerminationMessages {
  readonly byContainer = new Map<string, string>();

  constructor(private readonly context: Pick<NodeContext, 'volumeDriver' | 'folders' | 'podLogs'>) {}

  /** Reads the messages of containers that have ended since. */
  async collect(pod: Pod, { containers }: RuntimePod): Promise<void> {
    const { volumeDriver, folders, podLogs } = this.context;
    const { name, namespace = '', uid } = pod.metadata;
    const specs = [...pod.spec.containers, ...initContainersOf(pod)];
    for (const container of containers) {
      if (container.state !== 'exited' || this.byContainer.has(container.id)) continue;
      const file = folders.terminationMessage(uid, container.name, container.restartCount);
      const bytes = await volumeDriver.readFile(file, messageBytesMax);
      let text = Buffer.from(bytes ?? []).toString('utf8');
      const policy = specs.find((spec) => spec.name === container.name)?.terminationMessagePolicy;
      if (text === '' && policy === 'FallbackToLogsOnError' && container.exitCode !== 0) {
        const path = `${podLogFolder(namespace, name, uid)}/${containerLogPath(container.name, container.restartCount)}`;
        text = await readLogTail(podLogs, path, logLinesMax, logBytesMax);
      }
      this.byContainer.set(container.id, text);
    }
    const present = new Set(containers.map(({ id }) => id));
    for (const id of [...this.byContainer.keys()]) if (!present.has(id)) this.byContainer.delete(id);
  }
}
