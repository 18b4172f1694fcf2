import { describe, expect, it } from '@jest/globals';
import { natsServerConfiguration } from './nats-server-configuration.ts';

describe('natsServerConfiguration', () => {
  it('names listener, limits, store and each user with its subjects', () => {
    const text = natsServerConfiguration({
      port: 4222,
      storeFolder: '/data/nats',
      maxPayloadBytes: 1_000,
      users: [{ name: 'storage', password: 'a "quoted" one', publish: ['c.kv.>'], subscribe: ['c.kv', 'c.raft.>'] }],
    });
    expect(text).toBe(`server_name: orrery
host: "127.0.0.1"
port: 4222
max_payload: 5096
max_pending: 81536
jetstream {
  store_dir: "/data/nats"
}
authorization {
  users = [
    {
      user: "storage", password: "a \\"quoted\\" one"
      permissions {
        publish { allow: ["c.kv.>"] }
        subscribe { allow: ["c.kv", "c.raft.>"] }
      }
    }
  ]
}
`);
  });

  it('lets the server choose where the port is 0', () => {
    expect(natsServerConfiguration({ port: 0, storeFolder: '/d', users: [] })).toContain('port: -1\n');
  });
});
