import { type Host, MemoryLogger, systemHost, systemProcesses } from '@orrery/runtime';
import { NatsServer } from '../nats-server/nats-server.ts';
import type { BusUser } from '../nats-server/nats-server-configuration.ts';
import { NatsBus } from './nats-bus.ts';

/** A real nats-server for one test file, in a temporary folder of its own. */
export interface NatsTestServer {
  readonly server: NatsServer;
  readonly host: Host;
  readonly folder: string;
  readonly logger: MemoryLogger;
  connect(user: string): Promise<NatsBus>;
  destroy(): Promise<void>;
}

export async function natsTestServer(users: readonly BusUser[]): Promise<NatsTestServer> {
  const made = await systemProcesses.run('mktemp', ['-d', '-t', 'orrery-nats-XXXXXX']);
  const folder = made.stdout.trim();
  const logger = new MemoryLogger();
  const host = systemHost({ dataFolder: folder, logger });
  const { disk, timers, clock, ids, random } = host;
  const server = new NatsServer({ folder, disk, port: 0, users, processes: systemProcesses, timers, logger });
  await server.start();
  return {
    server,
    host,
    folder,
    logger,
    connect: (user) => {
      const password = users.find(({ name }) => name === user)?.password ?? '';
      return NatsBus.connect({ servers: [server.address], user, password, timers, clock, ids, random, logger });
    },
    destroy: async () => {
      await server.stop();
      await disk.remove('');
    },
  };
}
