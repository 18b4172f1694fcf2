import type { ChildProcess, Logger, Milliseconds, Processes, Timer, Timers } from '@orrery/runtime';
import type { Unit, UnitStatus } from './unit.ts';

/** What a process unit needs. */
export interface ProcessParts {
  readonly service: string;
  readonly instance: string;
  readonly processes: Processes;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** Where the process writes its log lines. */
  readonly logFile: string;
  /** Resolves when the process is ready for work; rejects when `gone` aborts first. */
  ready(child: ChildProcess, gone: AbortSignal): Promise<void>;
  /** Why the process ended, as far as its log tells. */
  lastError(): Promise<string | undefined>;
  /** Health as the process itself reports it. */
  health(): Promise<{ healthy: boolean; message: string; version: string }>;
  /** Called with each new process, and with `undefined` when it has ended. */
  onProcess(processId: number | undefined): Promise<void>;
}

/** The process ended before it was ready for work. */
export class EndedWhileStartingError extends Error {
  override readonly name = 'EndedWhileStartingError';
  constructor(
    readonly instance: string,
    readonly logFile: string,
    reason: string | undefined,
    options: ErrorOptions,
  ) {
    super(`${instance} did not start: ${reason ?? `its log is ${logFile}`}`, options);
  }
}

const restartDelayMin: Milliseconds = 100;
const restartDelayMax: Milliseconds = 10_000;
/** A process that lived this long starts over with the shortest delay. */
const stableAfter: Milliseconds = 10_000;
/** After this a process that was asked to stop is killed. */
const stopTimeout: Milliseconds = 10_000;

/** A part of the cluster as a process of its own, started again whenever it ends unasked. */
export class ProcessUnit implements Unit {
  private child: ChildProcess | undefined;
  private wanted = false;
  private restart: Timer | undefined;
  private restartDelay = restartDelayMin;

  constructor(private readonly parts: ProcessParts) {}

  get service(): string {
    return this.parts.service;
  }

  get instance(): string {
    return this.parts.instance;
  }

  async start(): Promise<void> {
    this.wanted = true;
    if (this.child) return;
    this.restart?.cancel();
    await this.launch();
  }

  async stop(): Promise<void> {
    this.wanted = false;
    this.restart?.cancel();
    const child = this.child;
    if (!child) return;
    child.kill('SIGTERM');
    const force = this.parts.timers.after(stopTimeout, () => child.kill('SIGKILL'));
    await child.exited;
    force.cancel();
  }

  async kill(): Promise<void> {
    const child = this.child;
    if (!child) return;
    child.kill('SIGKILL');
    await child.exited;
  }

  async status(): Promise<UnitStatus> {
    const { service, instance } = this.parts;
    const child = this.child;
    if (!child) {
      const state = this.wanted ? 'restarting' : 'stopped';
      return { service, instance, state, processId: 0, healthy: false, message: '', version: '' };
    }
    return { service, instance, state: 'running', processId: child.pid, ...(await this.parts.health()) };
  }

  private async launch(): Promise<void> {
    const { processes, command, logFile, timers, onProcess } = this.parts;
    const [program, ...args] = command;
    const child = await processes.spawn(program, args, {
      stdout: { file: logFile },
      stderr: { file: logFile },
      detached: true,
    });
    this.child = child;
    const gone = new AbortController();
    const stable = timers.after(stableAfter, () => {
      this.restartDelay = restartDelayMin;
    });
    void child.exited.then(async (exit) => {
      stable.cancel();
      gone.abort();
      this.child = undefined;
      await onProcess(undefined);
      if (this.wanted) this.restartLater(exit);
    });
    await onProcess(child.pid);
    await this.untilReady(child, gone.signal);
  }

  private async untilReady(child: ChildProcess, gone: AbortSignal): Promise<void> {
    const { ready, lastError, instance, logFile } = this.parts;
    try {
      await ready(child, gone);
    } catch (error) {
      if (!gone.aborted) throw error;
      throw new EndedWhileStartingError(instance, logFile, await lastError(), { cause: error });
    }
  }

  private restartLater(exit: object): void {
    const { logger, instance, timers } = this.parts;
    logger.warn('process ended, starting it again', { instance, exit, delayMs: this.restartDelay });
    this.restart = timers.after(this.restartDelay, () => {
      this.launch().catch((error: unknown) => logger.error('restarted process is not ready', { instance, error }));
    });
    this.restartDelay = Math.min(this.restartDelay * 2, restartDelayMax);
  }
}
