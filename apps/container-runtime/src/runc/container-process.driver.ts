import { spawn } from 'node:child_process';
import { type FSWatcher, watch } from 'node:fs';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CriError } from '@orrery/cri';
import type { Host, Processes } from '@orrery/runtime';
import { LogFollower } from '../container-log/log-follower.driver.ts';
import type { ContainerExit } from '../cri-service/records.ts';
import type { ProcessIo } from '../cri-service/runtime-driver.ts';
import { oomKills } from './cgroups.driver.ts';
import { lastRuncError, shimName, shimScript } from './container-shim.ts';
import { resizeTerminal } from './terminal.driver.ts';

export interface ContainerProcessOptions {
  readonly id: string;
  /** The container's own folder. */
  readonly folder: string;
  readonly logPath: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
}

export interface Runc {
  readonly path: string;
  readonly stateFolder: string;
}

/** A container's process behind its shim: started by this service or by one before it. */
export class ContainerProcess {
  private readonly follower: LogFollower;
  private watcher: FSWatcher | undefined;
  private changed = Promise.withResolvers<void>();
  private closed = false;

  constructor(
    private readonly options: ContainerProcessOptions,
    private readonly runc: Runc,
    private readonly host: Host,
    private readonly processes: Processes,
  ) {
    this.follower = new LogFollower(options.folder, options.logPath, host.clock, host.logger);
  }

  /** Resolves when the process runs; throws what kept it from running. */
  async start(): Promise<void> {
    const { folder, id, tty, stdin } = this.options;
    if (stdin || tty) await this.mustRun('mkfifo', [join(folder, 'stdin')]);
    for (const name of ['stdout', 'stderr']) await writeFile(join(folder, name), '');
    this.watchFolder();
    const script = shimScript({ tty, stdin });
    const shim = spawn('/bin/sh', ['-c', script, shimName, this.runc.path, this.runc.stateFolder, id], {
      cwd: folder,
      detached: true,
      stdio: 'ignore',
    });
    shim.once('error', () => this.lookAgain());
    shim.once('exit', () => this.lookAgain());
    shim.unref();
    await writeFile(join(folder, 'shim'), String(shim.pid ?? 0));
    await this.until(
      async () => (await this.exists('pid')) || (await this.exists('exit')) || !(await this.shimLives()),
    );
    if (await this.exists('pid')) return;
    const why = lastRuncError(await this.read('runc.log')) ?? (await this.read('stderr')).trim();
    this.close();
    throw new CriError(
      'unknown',
      `failed to create containerd task: failed to create shim task: OCI runtime create failed: ${why}: unknown`,
    );
  }

  /** Resolves when the process has ended and its output is in the log. */
  async wait(): Promise<ContainerExit> {
    this.watchFolder();
    void this.follower.follow();
    await this.until(async () => (await this.exists('exit')) || !(await this.shimLives()));
    const exit = (await this.exists('exit')) ? await this.recordedExit() : this.lostExit();
    await this.mustRun(this.runc.path, ['--root', this.runc.stateFolder, 'delete', '--force', this.options.id]).catch(
      () => {},
    );
    await this.follower.follow(true);
    this.close();
    return exit;
  }

  async signal(name: string): Promise<void> {
    const { exitCode, stderr } = await this.processes.run(this.runc.path, [
      '--root',
      this.runc.stateFolder,
      'kill',
      this.options.id,
      name,
    ]);
    if (exitCode !== 0 && !/not running|does not exist|no such process|already finished/i.test(stderr))
      throw new CriError('unknown', `failed to kill container "${this.options.id}": ${stderr.trim()}`);
  }

  reopenLog(): Promise<void> {
    return this.follower.reopen();
  }

  async attach(io: ProcessIo, signal: AbortSignal): Promise<void> {
    const ended = Promise.withResolvers<void>();
    const leave = this.follower.watch((stream, bytes) => {
      void (stream === 'stdout' ? io.stdout?.(bytes) : io.stderr?.(bytes));
    });
    const left = () => ended.resolve();
    signal.addEventListener('abort', left, { once: true });
    void this.until(() => this.exists('exit'))
      .then(() => this.follower.follow(true))
      .then(left);
    void this.feed(io);
    void this.resize(io);
    try {
      await ended.promise;
    } finally {
      signal.removeEventListener('abort', left);
      leave();
    }
  }

  async pid(): Promise<number> {
    return Number(await this.read('pid'));
  }

  /** Lets go: what waits for the end waits forever. */
  close(): void {
    this.closed = true;
    this.watcher?.close();
    this.watcher = undefined;
    void this.follower.close();
  }

  private async feed({ stdin }: ProcessIo): Promise<void> {
    if (!stdin || !(this.options.stdin || this.options.tty)) return;
    const fifo = await open(join(this.options.folder, 'stdin'), 'r+');
    try {
      for await (const chunk of stdin) await fifo.writeFile(chunk);
    } finally {
      await fifo.close();
    }
    const holder = Number(await this.read('stdin-holder'));
    if (this.options.stdinOnce && holder > 0) await this.mustRun('kill', [String(holder)]).catch(() => {});
  }

  private async resize({ resize }: ProcessIo): Promise<void> {
    const shim = Number(await this.read('shim'));
    for await (const size of resize ?? []) await resizeTerminal(this.processes, shim, size);
  }

  private async recordedExit(): Promise<ContainerExit> {
    const exitCode = Number(await this.read('exit'));
    const { mtimeMs } = await stat(join(this.options.folder, 'exit'));
    const oomKilled = exitCode !== 0 && (await oomKills(await this.read('cgroup'))) > 0;
    return {
      finishedAt: BigInt(Math.floor(mtimeMs)) * 1_000_000n,
      exitCode,
      reason: oomKilled ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error',
      message: '',
    };
  }

  /** The machine was restarted, or somebody killed the shim: nobody knows how the container ended. */
  private lostExit(): ContainerExit {
    return {
      finishedAt: BigInt(Math.floor(this.host.clock.now())) * 1_000_000n,
      exitCode: 255,
      reason: 'Unknown',
      message: '',
    };
  }

  private watchFolder(): void {
    if (this.watcher) return;
    this.watcher = watch(this.options.folder, (_event, name) => {
      if (name === 'stdout' || name === 'stderr') void this.follower.follow();
      else this.lookAgain();
    });
  }

  private lookAgain(): void {
    this.changed.resolve();
    this.changed = Promise.withResolvers();
  }

  /** Looks again whenever a file of the container's folder has changed. */
  private async until(condition: () => Promise<boolean>): Promise<void> {
    for (;;) {
      const changed = this.changed.promise;
      if (!this.closed && (await condition())) return;
      await changed;
    }
  }

  private async shimLives(): Promise<boolean> {
    const pid = await this.read('shim');
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return commandLine.includes(this.options.id);
  }

  private exists(name: string): Promise<boolean> {
    return stat(join(this.options.folder, name)).then(
      () => true,
      () => false,
    );
  }

  private read(name: string): Promise<string> {
    return readFile(join(this.options.folder, name), 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
  }

  private async mustRun(command: string, args: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.processes.run(command, args);
    if (exitCode !== 0) throw new CriError('unknown', `${command} failed: ${stderr.trim()}`);
  }
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
