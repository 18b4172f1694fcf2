import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Bus, Log, LogEntry } from '../bus.ts';
import { type NatsTestServer, natsTestServer } from '../nats/nats-test-server.ts';
import { Subjects } from '../subjects.ts';
import { serviceUsers } from './service-users.ts';

const subjects = new Subjects('test');
const nothing = new Uint8Array();

/** On a real broker, because what counts is what it enforces. */
describe('the users of a cluster', () => {
  let server: NatsTestServer;
  const buses: Record<string, Bus> = {};

  beforeAll(async () => {
    const users = serviceUsers({ cluster: 'test', nodes: ['node-1', 'node-2'], password: (user) => `p-${user}` });
    server = await natsTestServer(users);
    for (const user of ['storage', 'apiserver', 'kubelet-node-1', 'kube-proxy-node-1', 'scheduler', 'orrery']) {
      buses[user] = await server.connect(user);
    }
    const log = await registryLog('storage');
    await log.append(entry(2, 'pods', 'node-1', 'mine'), 0);
    await log.append(entry(3, 'pods', 'node-2', 'theirs'), 2);
    await log.append(entry(4, 'secrets', '', 'password'), 3);
    await log.append(entry(5, 'services', '', 'web'), 4);
  });

  afterAll(async () => {
    for (const bus of Object.values(buses)) await bus.close();
    await server.destroy();
  });

  it('let the API server reach storage, and nobody else', async () => {
    const serving = await as('storage').serve(subjects.kv(), () => Buffer.from('stored'));
    expect(Buffer.from(await as('apiserver').request(subjects.kv(), nothing)).toString()).toBe('stored');
    for (const user of ['kubelet-node-1', 'scheduler', 'orrery']) {
      await expect(as(user).request(subjects.kv(), nothing)).rejects.toMatchObject({ name: 'NotPermittedError' });
    }
    await serving.stop();
  });

  it('let the administrator fetch a backup of the store, and nobody else', async () => {
    const serving = await as('storage').serveMany(subjects.backup(), async function* () {
      yield Buffer.from('everything');
    });
    const chunks: string[] = [];
    for await (const chunk of as('orrery').requestMany(subjects.backup(), nothing)) {
      chunks.push(Buffer.from(chunk).toString());
    }
    expect(chunks).toEqual(['everything']);
    for (const user of ['apiserver', 'kubelet-node-1', 'scheduler']) {
      const asked = as(user).requestMany(subjects.backup(), nothing)[Symbol.asyncIterator]();
      await expect(asked.next()).rejects.toMatchObject({ name: 'NotPermittedError' });
    }
    await serving.stop();
  });

  it('let each component ask the API as itself only, with streamed replies', async () => {
    const serving = await as('apiserver').serveMany(subjects.apiOfAll(), async function* ({ subject }) {
      for (let i = 0; i < 100; i += 1) yield Buffer.from(subjects.apiUser(subject));
    });
    let chunkCount = 0;
    for await (const chunk of as('kubelet-node-1').requestMany(subjects.api('system:node:node-1'), nothing)) {
      expect(Buffer.from(chunk).toString()).toBe('system:node:node-1');
      chunkCount += 1;
    }
    expect(chunkCount).toBe(100);
    const asAdmin = as('kubelet-node-1').requestMany(subjects.api('system:admin'), nothing)[Symbol.asyncIterator]();
    await expect(asAdmin.next()).rejects.toMatchObject({ name: 'NotPermittedError' });
    await serving.stop();
  });

  it('let a kubelet follow the pods of its node', async () => {
    const filter = subjects.registryOf('', 'pods', 'node-1');
    expect(await firstOf('kubelet-node-1', filter)).toMatchObject({ position: 2 });
    expect(await firstOf('kubelet-node-1', subjects.registryOf('', 'services'))).toMatchObject({ position: 5 });
  });

  it('let nobody on a node follow secrets, other nodes or everything', async () => {
    const forbidden = [
      subjects.registryOf('', 'secrets'),
      subjects.registryOf('', 'pods'),
      subjects.registryOf('', 'pods', 'node-2'),
      '>',
    ];
    for (const filter of forbidden) {
      for (const user of ['kubelet-node-1', 'kube-proxy-node-1']) {
        await expect(firstOf(user, filter)).rejects.toMatchObject({ name: 'NotPermittedError' });
      }
    }
  });

  it('hold a node to the filter that it asks for, whatever else its request says', async () => {
    const kubelet = as('kubelet-node-1');
    const ask = async <Answer>(subject: string, body: object): Promise<Answer> => {
      const answer = await kubelet.request(subject, Buffer.from(JSON.stringify(body)));
      return JSON.parse(Buffer.from(answer).toString()) as Answer;
    };
    const filter = subjects.registryOf('', 'services');
    const { streams } = await ask<{ streams: string[] }>('$JS.API.STREAM.NAMES', { subject: filter });
    const consumer = (filter_subject: string): object => ({
      stream_name: streams[0],
      config: { name: 'c1', filter_subject, deliver_policy: 'all', ack_policy: 'none', deliver_subject: 'x' },
    });
    const subject = `$JS.API.CONSUMER.CREATE.${streams[0]}.c1.${filter}`;
    const answers = [filter, subjects.registryOf('', 'secrets')].map((wanted) =>
      ask<{ error?: { err_code: number } }>(subject, consumer(wanted)),
    );
    expect((await Promise.all(answers)).map(({ error }) => error?.err_code)).toEqual([undefined, 10_131]);
    for (const call of ['DELETE', 'PURGE', 'INFO', 'MSG.GET', 'UPDATE']) {
      const asked = kubelet.request(`$JS.API.STREAM.${call}.${streams[0]}`, nothing);
      await expect(asked).rejects.toMatchObject({ name: 'NotPermittedError' });
    }
  });

  it('let components of the control plane follow everything', async () => {
    expect(await firstOf('scheduler', subjects.registryOfAll())).toMatchObject({ position: 2 });
    expect(await firstOf('apiserver', '>')).toMatchObject({ position: 2 });
  });

  it('let only storage write the registry log', async () => {
    for (const user of ['apiserver', 'kubelet-node-1', 'scheduler', 'orrery']) {
      const log = await registryLog(user);
      await expect(log.append(entry(6, 'pods', '', 'x'), 5)).rejects.toMatchObject({ name: 'NotPermittedError' });
    }
  });

  it('let API servers write it instead where they keep the state in an etcd', () => {
    const users = serviceUsers({ cluster: 'test', nodes: [], password: () => '', registryWriter: 'apiserver' });
    const writers = users.filter(({ publish }) => publish.includes(subjects.registryOfAll()));
    expect(writers.map(({ name }) => name)).toEqual(['apiserver']);
  });

  it('let a user listen on its own inbox only', async () => {
    await expect(as('kubelet-node-1').subscribe('_INBOX.>', () => undefined)).rejects.toMatchObject({
      name: 'NotPermittedError',
    });
  });

  it('let the administrator ask each service for its status', async () => {
    const subject = subjects.status('kubelet', 'node-1');
    const serving = await as('kubelet-node-1').serve(subject, () => Buffer.from('well'));
    expect(Buffer.from(await as('orrery').request(subject, nothing)).toString()).toBe('well');
    await serving.stop();
  });

  function as(user: string): Bus {
    const bus = buses[user];
    if (bus === undefined) throw new Error(`${user} is not connected`);
    return bus;
  }

  function registryLog(user: string): Promise<Log> {
    return as(user).log(subjects.registryLog(), { subjects: [subjects.registryOfAll()], bytesMax: 1_000_000 });
  }

  async function firstOf(user: string, filter: string): Promise<LogEntry | undefined> {
    const log = await registryLog(user);
    for await (const found of log.follow({ after: 1, filter, signal: new AbortController().signal })) return found;
    return undefined;
  }

  function entry(position: number, resource: string, route: string, name: string): LogEntry {
    return {
      subject: subjects.registry({ group: '', resource, route, namespace: 'default', name }),
      position,
      data: nothing,
    };
  }
});

describe('the registry log', () => {
  const subject = new Subjects('test').registryOfAll();
  const writers = (registryWriter?: 'storage' | 'apiserver') =>
    serviceUsers({ cluster: 'test', nodes: ['node-1'], password: () => 'p', registryWriter })
      .filter(({ publish }) => publish?.includes(subject))
      .map(({ name }) => name);

  it('is written by storage alone, or by the API servers alone', () => {
    expect(writers()).toEqual(['storage']);
    expect(writers('storage')).toEqual(['storage']);
    expect(writers('apiserver')).toEqual(['apiserver']);
  });
});
