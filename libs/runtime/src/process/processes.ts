/** How a process ended: with a code of its own, or by a signal. */
export type ProcessExit =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: string };

/** Where a child's output goes: nowhere, where ours goes, to the end of a file, or line by line to a function. */
export type OutputTarget = 'ignore' | 'inherit' | { readonly file: string } | ((line: string) => void);

export interface ProcessOptions {
  readonly cwd?: string;
  /** The child's whole environment. Default: ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default `ignore`. */
  readonly stdout?: OutputTarget;
  /** Default `ignore`. */
  readonly stderr?: OutputTarget;
  /** The child leads a process group of its own, gets no signals from our terminal, and outlives us. Default no. */
  readonly detached?: boolean;
}

export interface RunOptions {
  readonly cwd?: string;
  /** The child's whole environment. Default: ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. Default: nothing. */
  readonly input?: Uint8Array | string;
  /** Ends the child with SIGKILL. */
  readonly signal?: AbortSignal;
  /** Bytes kept of each output; a child that writes more is killed. Default 64 MiB. */
  readonly outputBytesMax?: number;
}

export interface RunResult {
  /** 128 + the signal's number where a signal ended the child, as a shell has it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that we started. */
export interface ChildProcess {
  readonly pid: number;
  /** Resolves when the process has ended and its output has been read; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Sends a signal, default SIGTERM; nothing happens where the process has ended. */
  kill(signal?: NodeJS.Signals): void;
}

/** Starts programs. */
export interface Processes {
  /** Resolves when the program runs. Throws `CommandNotFoundError`. */
  spawn(command: string, args: readonly string[], options?: ProcessOptions): Promise<ChildProcess>;
  /** Runs the program to its end. Throws `CommandNotFoundError`; an exit code other than 0 is a result. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
}

/** There is no such program, or it may not be executed. */
export class CommandNotFoundError extends Error {
  override readonly name = 'CommandNotFoundError';
  constructor(
    readonly command: string,
    options?: ErrorOptions,
  ) {
    super(`${command} cannot be run: there is no such program on this machine`, options);
  }
}
