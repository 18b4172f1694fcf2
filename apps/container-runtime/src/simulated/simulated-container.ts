import { CriError } from '@orrery/cri';
import type { Host, Timer } from '@orrery/runtime';
import type { ContainerExit, ContainerRecord, Nanoseconds } from '../cri-service/records.ts';
import { nowNanoseconds } from '../cri-service/runtime-context.ts';
import type { ExecCommand, ProcessIo } from '../cri-service/runtime-driver.ts';
import type { ContainerScript } from './container-script.ts';
import type { SimulatedLog } from './simulated-log.ts';
import { isKnownCommand, runCommand, type ShellStep, type ShellWorld } from './simulated-shell.ts';

/** A container that only pretends: timers and log lines, no process. */
export class SimulatedContainer {
  startedAt: Nanoseconds = 0n;
  private readonly over = new AbortController();
  private readonly exit = Promise.withResolvers<ContainerExit>();
  private readonly timers = new Set<Timer>();
  private readonly watchers = new Set<(stream: 'stdout' | 'stderr', bytes: Uint8Array) => void>();
  private startedMs: number | undefined;

  constructor(
    private readonly host: Host,
    private readonly record: Pick<ContainerRecord, 'config'>,
    readonly script: ContainerScript,
    private readonly world: ShellWorld,
    private readonly log: SimulatedLog | undefined,
  ) {}

  get ended(): Promise<ContainerExit> {
    return this.exit.promise;
  }

  /** Whether it runs and its script lets probes pass. */
  get ready(): boolean {
    if (this.startedMs === undefined || this.over.signal.aborted) return false;
    const { readyAfter } = this.script;
    return readyAfter !== 'never' && this.host.clock.now() >= this.startedMs + readyAfter;
  }

  get running(): boolean {
    return this.startedMs !== undefined && !this.over.signal.aborted;
  }

  async start(): Promise<void> {
    const { startAfter, startError } = this.script;
    if (startAfter > 0) await this.host.timers.sleep(startAfter);
    if (startError !== undefined) throw new CriError('unknown', `failed to create containerd task: ${startError}`);
    this.startedMs = this.host.clock.now();
    this.startedAt = nowNanoseconds(this.host);
    this.writeScriptedLines();
    const argv = this.argv();
    if (argv.length === 0)
      this.write('stdout', encode(`simulated container ${this.record.config.metadata?.name} started\n`));
    const attempt = this.record.config.metadata?.attempt ?? 0;
    const { crashes, exitAfter, exitCode } = this.script;
    if (crashes !== undefined && attempt < crashes) this.later(exitAfter ?? 0, () => this.end(exitCode ?? 1));
    else if (exitAfter !== undefined && crashes === undefined) this.later(exitAfter, () => this.end(exitCode ?? 0));
    else if (argv.length > 0) void this.runToEnd(argv);
  }

  signal(name: string): void {
    if (!this.running) return;
    const { stopAfter } = this.script;
    if (name === 'SIGKILL') this.end(137);
    else if (stopAfter !== 'never') this.later(stopAfter, () => this.end(this.argv().length > 0 ? 143 : 0));
  }

  async exec({ argv }: ExecCommand, io: ProcessIo, signal: AbortSignal): Promise<number> {
    const [program = ''] = argv;
    if (!isKnownCommand(program))
      throw new CriError(
        'unknown',
        `failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: "${program}": executable file not found in $PATH: unknown`,
      );
    const until = AbortSignal.any([signal, this.over.signal]);
    const write = async (to: 'stdout' | 'stderr', bytes: Uint8Array) => {
      await (to === 'stdout' ? io.stdout?.(bytes) : io.stderr?.(bytes));
    };
    return (await this.perform(argv, io.stdin, write, until)) ?? 137;
  }

  /** Shows what the container prints from now on. */
  async attach(io: ProcessIo, signal: AbortSignal): Promise<void> {
    const watcher = (stream: 'stdout' | 'stderr', bytes: Uint8Array) => {
      void (stream === 'stdout' ? io.stdout?.(bytes) : io.stderr?.(bytes));
    };
    this.watchers.add(watcher);
    try {
      await Promise.race([this.ended, aborted(signal)]);
    } finally {
      this.watchers.delete(watcher);
    }
  }

  reopenLog(): Promise<void> {
    return this.log?.reopen() ?? Promise.resolve();
  }

  /** The program and its arguments, or nothing where the image's own program runs, which never ends by itself. */
  private argv(): readonly string[] {
    const { command, args } = this.record.config;
    const argv = [...command, ...args];
    return argv[0] !== undefined && isKnownCommand(argv[0]) ? argv : [];
  }

  private async runToEnd(argv: readonly string[]): Promise<void> {
    const status = await this.perform(argv, undefined, async (to, bytes) => this.write(to, bytes), this.over.signal);
    if (status !== undefined) this.end(status);
  }

  /** Resolves with the exit code, or `undefined` where it was cut short. */
  private async perform(
    argv: readonly string[],
    input: AsyncIterable<Uint8Array> | undefined,
    write: (to: 'stdout' | 'stderr', bytes: Uint8Array) => Promise<void>,
    until: AbortSignal,
  ): Promise<number | undefined> {
    const steps = runCommand(argv, this.world);
    for (;;) {
      const next = await steps.next();
      if (until.aborted) return undefined;
      if (next.done) return next.value;
      await this.performStep(next.value, input, write, until);
      if (until.aborted) return undefined;
    }
  }

  private async performStep(
    step: ShellStep,
    input: AsyncIterable<Uint8Array> | undefined,
    write: (to: 'stdout' | 'stderr', bytes: Uint8Array) => Promise<void>,
    until: AbortSignal,
  ): Promise<void> {
    if (step.do === 'print') return write(step.to, step.bytes);
    if (step.do === 'sleep')
      return step.duration === 'forever'
        ? aborted(until)
        : this.host.timers.sleep(step.duration, until).catch(() => {});
    for await (const chunk of input ?? []) await write('stdout', chunk);
    return undefined;
  }

  private writeScriptedLines(): void {
    const { logLines, logEvery } = this.script;
    if (logEvery === undefined) {
      for (const line of logLines) this.write('stdout', encode(`${line}\n`));
      return;
    }
    let next = 0;
    const timer = this.host.timers.every(logEvery, () => {
      this.write('stdout', encode(`${logLines[next++ % logLines.length] ?? ''}\n`));
    });
    this.timers.add(timer);
  }

  private write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.log?.add(stream, bytes);
    for (const watch of this.watchers) watch(stream, bytes);
  }

  private later(delay: number, act: () => void): void {
    this.timers.add(this.host.timers.after(delay, act));
  }

  private end(exitCode: number): void {
    if (this.over.signal.aborted) return;
    this.over.abort();
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    const oomKilled = this.script.oomKilled && exitCode !== 0;
    const exit: ContainerExit = {
      finishedAt: nowNanoseconds(this.host),
      exitCode: oomKilled ? 137 : exitCode,
      reason: oomKilled ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error',
      message: '',
    };
    const logged = this.log?.close() ?? Promise.resolve();
    void logged.then(() => this.exit.resolve(exit));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
