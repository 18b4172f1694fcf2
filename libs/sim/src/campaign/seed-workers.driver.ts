import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SeedOrder, SeedReport } from './seed-report.ts';

/** A run that takes longer than this hangs: it is ended, and counts as a failure of its seed. */
const RUN_MS_MAX = 240_000;
const workerFile = fileURLToPath(import.meta.url.replace('seed-workers', 'seed-worker'));
/** Sources run as they are. */
const EXEC_ARGV = ['--conditions=source', '--experimental-transform-types', '--disable-warning=ExperimentalWarning'];

/** One worker process; lives seeds one at a time. */
export class SeedWorker {
  #process: ChildProcess | undefined;

  constructor(private readonly mutation?: string) {}

  /** Never rejects: a worker that dies or hangs is a result, too. */
  run(order: SeedOrder): Promise<SeedReport> {
    const child = this.#start();
    return new Promise((resolve) => {
      const finish = (report: SeedReport): void => {
        clearTimeout(timer);
        child.off('message', finish);
        child.off('exit', exited);
        resolve(report);
      };
      const exited = (): void => {
        this.#process = undefined;
        finish(failed(order, `the worker process ended: ${errors()}`));
      };
      const timer = setTimeout(() => {
        child.off('exit', exited);
        this.stop();
        finish(failed(order, `the run did not come to an end within ${RUN_MS_MAX} ms`));
      }, RUN_MS_MAX);
      const errors = collected(child);
      child.on('message', finish);
      child.on('exit', exited);
      child.send(order);
    });
  }

  stop(): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }

  #start(): ChildProcess {
    const args = this.mutation === undefined ? [] : [this.mutation];
    this.#process ??= fork(workerFile, args, { execArgv: EXEC_ARGV, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    return this.#process;
  }
}

/** The last of what the process writes to stderr. */
function collected(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.removeAllListeners('data').on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4_000);
  });
  return () => text;
}

function failed({ seed }: SeedOrder, violation: string): SeedReport {
  const nothing = { digest: '', story: [], simulatedMs: 0, operations: 0, answered: 0, revisions: 0, faults: 0 };
  return { seed, violation, ...nothing, undecided: 0, cpuMs: 0 };
}

export interface CampaignOptions {
  readonly seeds: Iterable<number>;
  readonly safetyMs: number;
  /** Worker processes at a time. */
  readonly jobs: number;
  readonly mutation?: string;
  readonly report: (report: SeedReport) => void;
  /** Ends the campaign after the first failure. */
  readonly stopAtFailure: boolean;
}

/** Lives all seeds, several at a time. Leaves no process behind. */
export async function runCampaign(options: CampaignOptions): Promise<void> {
  const { safetyMs, jobs, mutation, report, stopAtFailure } = options;
  const seeds = options.seeds[Symbol.iterator]();
  let isOver = false;
  const work = async (): Promise<void> => {
    const worker = new SeedWorker(mutation);
    try {
      for (let next = seeds.next(); !next.done && !isOver; next = isOver ? next : seeds.next()) {
        const result = await worker.run({ seed: next.value, safetyMs });
        if (isOver) return;
        report(result);
        if (stopAtFailure && result.violation !== undefined) isOver = true;
      }
    } finally {
      worker.stop();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}
