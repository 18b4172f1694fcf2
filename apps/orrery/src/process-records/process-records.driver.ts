import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Disk } from '@orrery/runtime';

/** A process that the launcher started. `startedAt` tells it from a later process with the same id. */
interface ProcessRecord {
  readonly processId: number;
  /** Clock ticks since boot, from /proc; empty where there is no /proc. */
  readonly startedAt: string;
}

const file = 'run/processes.json';

/** Which processes belong to the cluster, on disk, so that a launcher that was killed leaves nothing that nobody knows. */
export class ProcessRecords {
  private readonly records = new Map<string, ProcessRecord>();
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly disk: Disk) {}

  /** Notes the process of an instance, or with `undefined` that it has ended. */
  async note(instance: string, processId: number | undefined): Promise<void> {
    if (processId === undefined) this.records.delete(instance);
    else this.records.set(instance, { processId, startedAt: startOf(processId) ?? '' });
    const content = Buffer.from(JSON.stringify(Object.fromEntries(this.records)));
    this.writing = this.writing.then(() => this.disk.writeFile(file, content));
    await this.writing;
  }

  /** Resolves when the process that an earlier launcher noted for an instance has ended, at the latest after `timeoutMs`. */
  async awaitEnd(instance: string, timeoutMs: number): Promise<void> {
    const record = (await this.read())[instance];
    if (!record) return;
    const deadline = performance.now() + timeoutMs;
    while (startOf(record.processId) === record.startedAt && performance.now() < deadline) await sleep(20);
  }

  /** Kills what an earlier launcher left running and forgets it. Answers the ids of the killed. */
  async endLeftovers(): Promise<number[]> {
    const alive = Object.values(await this.read()).filter(
      ({ processId, startedAt }) => startOf(processId) === startedAt,
    );
    for (const { processId } of alive) process.kill(processId, 'SIGKILL');
    await this.disk.remove(file);
    return alive.map(({ processId }) => processId);
  }

  private async read(): Promise<Record<string, ProcessRecord>> {
    const content = await this.disk.readFile(file);
    return content ? JSON.parse(Buffer.from(content).toString('utf8')) : {};
  }
}

/** Field 22 of /proc/<pid>/stat, counted behind the command's closing bracket; `undefined` for a process that is gone. */
function startOf(processId: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
