import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClusterAccess, readKubeconfig } from '@orrery/client';
import { Inspector } from '../profile/inspector.ts';
import { runProgram } from './child-process.ts';
import { freePorts } from './free-ports.ts';

const orrery = fileURLToPath(new URL('../../../apps/orrery/bin/orrery.js', import.meta.url));

/** Data folders of the clusters that may be running. */
const started = new Set<string>();

/** Stops what an interrupted benchmark would leave. */
export async function stopAllClusters(): Promise<void> {
  await Promise.allSettled([...started].map(down));
}

/** A cluster that `orrery up` has started, as a user would; disposing is `orrery down`, and its data are removed. */
export class OrreryCluster implements AsyncDisposable {
  /** The data folder. */
  readonly folder: string;
  /** From the start of the command to its end, which is a Ready node. */
  readonly upMs: number;
  /** What `orrery up` says itself: without the start of its own Node process. */
  readonly saidMs: number;
  private readonly inspectorPort: number;

  private constructor(folder: string, upMs: number, saidMs: number, inspectorPort: number) {
    this.folder = folder;
    this.upMs = upMs;
    this.saidMs = saidMs;
    this.inspectorPort = inspectorPort;
  }

  static async up(folder: string, options: readonly string[]): Promise<OrreryCluster> {
    const [port, inspectorPort = 0] = await freePorts(2);
    started.add(folder);
    const begun = performance.now();
    const output = await runProgram(
      process.execPath,
      [orrery, 'up', '--data', folder, '--port', String(port), ...options],
      { env: Inspector.environment(inspectorPort) },
    ).catch(async (error: unknown) => {
      await down(folder);
      throw error;
    });
    const upMs = performance.now() - begun;
    return new OrreryCluster(folder, upMs, Number(/ready in (\d+) ms/.exec(output)?.[1]), inspectorPort);
  }

  get access(): ClusterAccess {
    return readKubeconfig(readFileSync(join(this.folder, 'kubeconfig'), 'utf8'));
  }

  get launcherProcessId(): number {
    return this.processId('launcher');
  }

  /** Looks into one process at a time: by default the launcher, which runs all services that have no process of their own. */
  inspect(unit = 'launcher'): Promise<Inspector> {
    return Inspector.attach(this.processId(unit), this.inspectorPort);
  }

  private processId(unit: string): number {
    const records = JSON.parse(readFileSync(join(this.folder, 'run/processes.json'), 'utf8')) as Record<
      string,
      { processId: number }
    >;
    const record = records[unit];
    if (record === undefined) throw new Error(`${unit} is not a process of its own`);
    return record.processId;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await down(this.folder);
  }
}

async function down(folder: string): Promise<void> {
  await runProgram(process.execPath, [orrery, 'down', '--data', folder]);
  await rm(folder, { recursive: true, force: true });
  started.delete(folder);
}
