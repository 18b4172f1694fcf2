import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, MemoryBroker, NatsBus, NatsServer, serviceUsers } from '@orrery/bus';
import { createLogger, FileDisk, type Host, type Logger, systemProcesses, type Timers } from '@orrery/runtime';

/** Where the services of a test cluster meet. */
export interface TestBroker {
  /** A connection as this user of the broker (`storage`, `kubelet-node-1`). */
  connect(user: string): Promise<Bus>;
  /**
   * Ends it at once (`kill -9`, or the power): what is under way is lost, and up to `lostEntriesMax` entries at each log's end. A NATS server loses all
   * that it has taken since its last start, unless this is 0.
   */
  crash(lostEntriesMax: number): Promise<void>;
  /** Brings it back; connections find it again. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The in-memory bus: nothing outside the process. */
export function memoryBroker(timers: Timers, logger?: Logger): TestBroker {
  const broker = new MemoryBroker({ timers, logger });
  return {
    connect: async (user) => broker.connect({ user }),
    crash: async (lostEntriesMax) => broker.crash(lostEntriesMax),
    start: async () => broker.start(),
    stop: async () => broker.stop(),
  };
}

/** A NATS server of its own, on loopback, with each service's own user; its folder goes when it stops. */
export async function natsBroker(
  cluster: string,
  nodes: readonly string[],
  host: Host,
  registryWriter: 'storage' | 'apiserver' = 'storage',
): Promise<TestBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-test-nats-'));
  const { timers, clock, ids, random } = host;
  const logger = createLogger({ level: 'silent' });
  const streams = join(folder, 'jetstream');
  const streamsAtStart = join(folder, 'jetstream-at-start');
  const users = serviceUsers({ cluster, nodes, registryWriter, password: (user) => `password-of-${user}` });
  const server = new NatsServer({
    folder,
    disk: new FileDisk(folder),
    port: 0,
    users,
    processes: systemProcesses,
    timers,
    logger,
  });
  await server.start();
  return {
    connect: (user) => {
      const password = `password-of-${user}`;
      return NatsBus.connect({ servers: [server.address], user, password, timers, clock, ids, random, logger });
    },
    crash: async (lostEntriesMax) => {
      await server.kill();
      if (lostEntriesMax > 0) replaceFolder(streams, streamsAtStart);
    },
    start: () => {
      replaceFolder(streamsAtStart, streams);
      return server.start();
    },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `folder` becomes a copy of the other one, or nothing where that is not there. */
function replaceFolder(folder: string, original: string): void {
  rmSync(folder, { recursive: true, force: true });
  if (existsSync(original)) cpSync(original, folder, { recursive: true });
}
