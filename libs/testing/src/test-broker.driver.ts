import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, MemoryBroker, NatsBus, NatsServer, serviceUsers } from '@orrery/bus';
import { createLogger, FileDisk, type Host, type Logger, systemProcesses, type Timers } from '@orrery/runtime';

/** Where the services of a test cluster meet. */
export interface TestBroker {
  /** A connection as this user of the broker (`storage`, `kubelet-node-1`). */
  connect(user: string): Promise<Bus>;
  stop(): Promise<void>;
}

/** The in-memory bus: nothing outside the process. */
export function memoryBroker(timers: Timers, logger?: Logger): TestBroker {
  const broker = new MemoryBroker({ timers, logger });
  return { connect: async (user) => broker.connect({ user }), stop: async () => broker.stop() };
}

/** A NATS server of its own, on loopback, with each service's own user; its folder goes when it stops. */
export async function natsBroker(cluster: string, nodes: readonly string[], host: Host): Promise<TestBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-test-nats-'));
  const { timers, clock, ids, random } = host;
  const logger = createLogger({ level: 'silent' });
  const users = serviceUsers({ cluster, nodes, password: (user) => `password-of-${user}` });
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
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
