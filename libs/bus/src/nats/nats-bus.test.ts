import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeBus } from '../bus.contract.ts';
import { BrokerUnreachableError, BusClosedError, RequestTimeoutError } from '../bus-errors.ts';
import { PAYLOAD_BYTES_MAX } from '../payload-limit.ts';
import { NatsBus } from './nats-bus.ts';
import { askAboutLog, type NatsTestServer, natsTestServer } from './nats-test-server.ts';

let server: NatsTestServer;

beforeAll(async () => {
  server = await natsTestServer([{ name: 'tester', password: 'secret', publish: ['>'], subscribe: ['>'] }]);
});

afterAll(() => server.destroy());

describeBus('NatsBus', async () => {
  const { host } = server;
  const buses: NatsBus[] = [];
  const startBroker = async (): Promise<void> => {
    await server.server.start();
    for (const bus of buses) await answering(bus);
  };
  const askJetStream = async (call: string, log: string): Promise<void> => {
    const admin = await server.connect('tester');
    expect(await askAboutLog(admin, log, call)).toMatchObject({ success: true });
    await admin.close();
  };
  return {
    payloadBytesMax: PAYLOAD_BYTES_MAX,
    connect: async () => {
      const bus = await server.connect('tester');
      buses.push(bus);
      return bus;
    },
    stopBroker: () => server.server.stop(),
    startBroker,
    syncLogs: async () => {
      await server.server.stop();
      await server.saveStreams();
      await startBroker();
    },
    crashBroker: async () => {
      await server.server.stop();
      await server.restoreStreams();
      await startBroker();
    },
    deleteLog: (name) => askJetStream('DELETE', name),
    purgeLog: (name) => askJetStream('PURGE', name),
    until: async (condition) => {
      for (let waited = 0; !condition(); waited += 5) {
        if (waited > 20_000) throw new Error('the condition was not met in time');
        await host.timers.sleep(5);
      }
    },
    pass: (ms) => host.timers.sleep(ms),
    destroy: async () => undefined,
  };

  /** A connection is up again when a message to itself arrives. */
  async function answering(bus: NatsBus): Promise<void> {
    const subject = `echo.${host.ids.uuid()}`;
    try {
      const serving = await bus.serve(subject, ({ data }) => data);
      while (!(await isAnswered(bus, subject))) await host.timers.sleep(10);
      await serving.stop();
    } catch (error) {
      if (!(error instanceof BusClosedError)) throw error;
    }
  }

  function isAnswered(bus: NatsBus, subject: string): Promise<boolean> {
    return bus.request(subject, new Uint8Array(), { timeoutMs: 100 }).then(
      () => true,
      () => false,
    );
  }
});

describe('connecting to NATS', () => {
  it('waits for a broker that is not up yet', async () => {
    await server.server.stop();
    const connecting = server.connect('tester');
    await server.host.timers.sleep(100);
    await server.server.start();
    const bus = await connecting;
    await bus.flush();
    await bus.close();
  });

  it('gives up when none comes up in time', async () => {
    const { timers, clock, ids, random, logger } = server.host;
    const nobody = { servers: ['127.0.0.1:1'], user: 'tester', password: '', connectTimeoutMs: 50 };
    const connecting = NatsBus.connect({ ...nobody, timers, clock, ids, random, logger });
    await expect(connecting).rejects.toBeInstanceOf(BrokerUnreachableError);
  });

  it('is refused at once with a wrong password', async () => {
    await expect(server.connect('stranger')).rejects.toMatchObject({ name: 'AuthorizationError' });
  });
});

describe('a connection whose broker is away', () => {
  it('lets requests run out of time; it never calls them too large', async () => {
    const bus = await server.connect('tester');
    await server.server.stop();
    try {
      for (let request = 0; request < 5; request += 1) {
        const answer = bus.request('nobody', new Uint8Array(), { timeoutMs: 20 });
        await expect(answer).rejects.toBeInstanceOf(RequestTimeoutError);
      }
    } finally {
      await server.server.start();
      await bus.close();
    }
  });
});
