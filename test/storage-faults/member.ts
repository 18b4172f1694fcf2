import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StorageConfig } from '@orrery/storage';

/** What a member's process is told, as its one argument. */
export interface MemberSettings {
  readonly cluster: string;
  readonly bus: { readonly servers: readonly string[]; readonly user: string; readonly password: string };
  readonly folder: string;
  readonly storage: StorageConfig;
}

export interface MemberOptions extends MemberSettings {
  /** What it prints, over all its lives. */
  readonly logFile: string;
  /** Compiled code is kept there, for the next life. */
  readonly codeFolder: string;
  /** What is put before the command: a way into a network namespace. */
  readonly launcher: readonly string[];
  /** It ended, and nobody had asked it to. */
  onDeath(error: Error): void;
}

const program = join(dirname(fileURLToPath(import.meta.url)), 'member-process.ts');

/** A storage member as a process that can be killed, stopped for a while, and started again on the same folder. */
export class Member {
  #child: ChildProcess | undefined;
  #lives = 0;

  constructor(private readonly options: MemberOptions) {}

  get name(): string {
    return this.options.storage.member;
  }

  /** `undefined` where it does not run. */
  get processId(): number | undefined {
    return this.#child?.pid;
  }

  get folder(): string {
    return this.options.folder;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Times that it was started. */
  get lives(): number {
    return this.#lives;
  }

  /** Starts the process. Resolves with true when the member has read its folder and takes part, with false when it was killed before. */
  async start(): Promise<boolean> {
    if (this.#child !== undefined) return false;
    const { launcher, logFile, codeFolder, cluster, bus, folder, storage } = this.options;
    const settings: MemberSettings = { cluster, bus, folder, storage };
    const flags = ['--disable-warning=ExperimentalWarning', program, JSON.stringify(settings)];
    const [command, ...args] = [...launcher, process.execPath, ...flags];
    const log = openSync(logFile, 'a');
    // Its standard input ends with this process, however that ends; the member then ends as well.
    const child = spawn(command ?? '', args, {
      stdio: ['pipe', log, log, 'ipc'],
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: codeFolder },
    });
    closeSync(log);
    this.#child = child;
    this.#lives++;
    child.stdin?.on('error', () => {});
    child.on('error', (error) => this.options.onDeath(error));
    child.once('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.options.onDeath(new Error(`${this.name} ended with ${signal ?? code}:\n${this.lastWords()}`));
    });
    return Promise.race([once(child, 'message').then(() => true), once(child, 'exit').then(() => false)]);
  }

  /** SIGKILL. Resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Takes all processor time from it, until `resume`. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** The end of what it printed. */
  lastWords(lines = 20): string {
    return readFileSync(this.options.logFile, 'utf8').split('\n').slice(-lines).join('\n');
  }

  /** Log lines that tell of a member that gave itself up, which no fault of this campaign may lead to. */
  failures(): string[] {
    const lines = readFileSync(this.options.logFile, 'utf8').split('\n');
    return lines.filter((line) => line.includes('"storage member failed"') || line.includes('invariant'));
  }
}
