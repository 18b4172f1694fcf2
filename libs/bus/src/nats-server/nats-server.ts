import {
  type ChildProcess,
  CommandNotFoundError,
  type Disk,
  type Logger,
  type Processes,
  type Timers,
} from '@orrery/runtime';
import { type BusUser, natsServerConfiguration } from './nats-server-configuration.ts';
import { BrokerStartError, NatsServerMissingError, PortTakenError } from './nats-server-errors.ts';

const START_TIMEOUT_MS = 10_000;
/** How long a server may take to stop before it is killed. */
const STOP_TIMEOUT_MS = 5_000;
/** Last lines of the server's log that go into an error. */
const LOG_LINES_MAX = 20;

export interface NatsServerOptions {
  /** Absolute; holds the configuration and the streams. */
  readonly folder: string;
  /** The same folder. */
  readonly disk: Disk;
  /** 0: a free one, kept when the server is started again. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly users: readonly BusUser[];
  readonly maxPayloadBytes?: number;
  readonly processes: Processes;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Called when the server has ended although nobody stopped it. */
  readonly onEnded?: () => void;
  /** Default `nats-server`, found by PATH. */
  readonly command?: string;
}

/** A nats-server as our child process. It can be stopped and started again; its streams stay. */
export class NatsServer {
  private child: ChildProcess | undefined;
  private portInUse: number;
  private readonly lastLines: string[] = [];

  constructor(private readonly options: NatsServerOptions) {
    this.portInUse = options.port;
  }

  /** The port, known after the first start. */
  get port(): number {
    return this.portInUse;
  }

  /** `host:port`, for clients. */
  get address(): string {
    return `${this.options.host ?? '127.0.0.1'}:${this.portInUse}`;
  }

  get processId(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves when clients can connect. Throws `NatsServerMissingError`, `PortTakenError` or `BrokerStartError`. */
  async start(): Promise<void> {
    if (this.child) return;
    await this.writeConfiguration();
    await new Promise<void>((resolve, reject) => {
      const timer = this.options.timers.after(START_TIMEOUT_MS, () => {
        this.child?.kill('SIGKILL');
        reject(new BrokerStartError(`nats-server was not ready within ${START_TIMEOUT_MS} ms`, this.lastLines));
      });
      const settle = (outcome: () => void): void => {
        timer.cancel();
        outcome();
      };
      this.launch(() => settle(resolve)).catch((error: unknown) => settle(() => reject(error)));
    });
  }

  /** Ends the server in order; twice is fine. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Ends the server at once, as a crash does. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  private async writeConfiguration(): Promise<void> {
    const { disk, folder, host, users, maxPayloadBytes } = this.options;
    const storeFolder = `${folder}/jetstream`;
    const text = natsServerConfiguration({ port: this.portInUse, host, storeFolder, users, maxPayloadBytes });
    await disk.writeFile('nats-server.conf', Buffer.from(text));
  }

  /** Rejects when the server ends before it was ready; later ends are only logged. */
  private async launch(ready: () => void): Promise<void> {
    const { processes, folder, command = 'nats-server' } = this.options;
    this.lastLines.length = 0;
    let child: ChildProcess;
    try {
      child = await processes.spawn(command, ['-c', `${folder}/nats-server.conf`], {
        stderr: (line) => this.readLine(line, ready),
      });
    } catch (error) {
      throw error instanceof CommandNotFoundError ? new NatsServerMissingError(command, { cause: error }) : error;
    }
    this.child = child;
    const exit = await child.exited;
    if (this.child === child) {
      this.child = undefined;
      this.options.logger.error('nats-server ended', { exit, lastLines: this.lastLines });
      this.options.onEnded?.();
    }
    const isPortTaken = this.lastLines.some((line) => line.includes('address already in use'));
    throw isPortTaken
      ? new PortTakenError(this.address)
      : new BrokerStartError('nats-server ended while it started', this.lastLines);
  }

  private readLine(line: string, ready: () => void): void {
    if (this.lastLines.length >= LOG_LINES_MAX) this.lastLines.shift();
    this.lastLines.push(line);
    const [, port] = /Listening for client connections on .*:(\d+)$/.exec(line) ?? [];
    if (port !== undefined) this.portInUse = Number(port);
    if (line.includes('Server is ready')) ready();
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    child.kill(signal);
    const timer = this.options.timers.after(STOP_TIMEOUT_MS, () => child.kill('SIGKILL'));
    await child.exited;
    timer.cancel();
  }
}
