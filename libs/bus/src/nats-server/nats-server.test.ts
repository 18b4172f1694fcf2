import { describe, expect, it } from '@jest/globals';
import { MemoryDisk, MemoryLogger, SystemTimers, subDisk, systemProcesses } from '@orrery/runtime';
import { natsTestServer } from '../nats/nats-test-server.ts';
import { NatsServer } from './nats-server.ts';

describe('NatsServer', () => {
  it('says how to install a missing program', async () => {
    const server = new NatsServer({
      folder: '/nowhere',
      disk: new MemoryDisk(),
      port: 0,
      users: [],
      processes: systemProcesses,
      timers: new SystemTimers(),
      logger: new MemoryLogger(),
      command: 'no-such-nats-server',
    });
    await expect(server.start()).rejects.toMatchObject({
      name: 'NatsServerMissingError',
      message: expect.stringContaining('apt-get install nats-server'),
    });
    await server.stop();
  });

  it('says when the port is taken', async () => {
    const { server, host, folder, destroy } = await natsTestServer([]);
    const disk = subDisk(host.disk, 'second');
    const second = new NatsServer({
      folder: `${folder}/second`,
      disk,
      port: server.port,
      users: [],
      processes: systemProcesses,
      timers: host.timers,
      logger: host.logger,
    });
    await expect(second.start()).rejects.toMatchObject({ name: 'PortTakenError', address: server.address });
    await second.stop();
    await destroy();
  });

  it('starts again on its own port after it was killed', async () => {
    const { server, destroy } = await natsTestServer([]);
    const { port } = server;
    await server.kill();
    await server.kill();
    await server.start();
    expect(server.port).toBe(port);
    await destroy();
  });
});
