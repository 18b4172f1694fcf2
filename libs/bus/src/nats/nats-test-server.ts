import { type Host, MemoryLogger, systemHost, systemProcesses } from '@orrery/runtime';
import type { Bus } from '../bus.ts';
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
  /** Keeps a copy of all streams as they are on disk; the server has to be stopped. */
  saveStreams(): Promise<void>;
  /** Brings that copy back, as if nothing had reached the disk since; the server has to be stopped. */
  restoreStreams(): Promise<void>;
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
    saveStreams: async () => {
      await disk.remove('saved');
      await copy(`${folder}/jetstream`, `${folder}/saved`);
    },
    restoreStreams: async () => {
      await disk.remove('jetstream');
      await copy(`${folder}/saved`, `${folder}/jetstream`);
    },
    destroy: async () => {
      await server.stop();
      await disk.remove('');
    },
  };
}

/** What JetStream answers to `$JS.API.STREAM.<call>.<stream>`, asked about the stream that is `log` now. */
export async function askAboutLog(bus: Bus, log: string, call: string): Promise<{ readonly success?: boolean }> {
  const ask = async <Answer>(subject: string): Promise<Answer> => {
    const answer = await bus.request(subject, new Uint8Array());
    return JSON.parse(Buffer.from(answer).toString()) as Answer;
  };
  const { streams } = await ask<{ streams: readonly string[] }>('$JS.API.STREAM.NAMES');
  const [stream] = streams.filter((name) => name.startsWith(`${log}-`) && !name.slice(log.length + 1).includes('-'));
  return ask(`$JS.API.STREAM.${call}.${stream}`);
}

async function copy(from: string, to: string): Promise<void> {
  await systemProcesses.run('cp', ['-a', from, to]);
}
