import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CertificateAuthority } from '../../apps/orrery/src/certificates/certificate-authority.driver.ts';
import { etcdctl } from './etcdctl.ts';
import { StorageServers } from './storage-servers.ts';

describe('etcd’s face by TLS', () => {
  let servers: StorageServers;
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const trusted = (): string[] => [`--cacert=${file('ca.crt')}`];
  const client = (): string[] => [...trusted(), `--cert=${file('client.crt')}`, `--key=${file('client.key')}`];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orrery-etcd-tls-'));
    const authority = await CertificateAuthority.create('etcd');
    const stranger = await CertificateAuthority.create('stranger');
    const server = await authority.issue({ commonName: 'storage', names: ['localhost', '127.0.0.1'] });
    const pairs = {
      client: await authority.issue({ commonName: 'etcdctl' }),
      foreign: await stranger.issue({ commonName: 'etcdctl' }),
    };
    await writeFile(file('ca.crt'), authority.keyPair.certificate);
    for (const [name, { certificate, key }] of Object.entries(pairs)) {
      await writeFile(file(`${name}.crt`), certificate);
      await writeFile(file(`${name}.key`), key);
    }
    const tls = { cert: server.certificate, key: server.key, clientCa: authority.keyPair.certificate };
    servers = await StorageServers.start(1, { etcd: { listen: '127.0.0.1:0', tls } });
  });
  afterAll(async () => {
    await servers?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const put = (flags: string[]) => {
    const endpoints = servers.endpoints.map((endpoint) => `https://${endpoint}`);
    return etcdctl(endpoints, ['put', 'a', 'b'], {
      flags: ['--dial-timeout=500ms', '--command-timeout=700ms', ...flags],
    });
  };

  it('serves a client with a certificate of the authority, and tells it https URLs', async () => {
    expect((await put(client())).stdout).toBe('OK\n');
    const endpoints = [`https://${servers.endpoint('storage-1')}`];
    const list = await etcdctl(endpoints, ['member', 'list'], { flags: client() });
    expect(list.stdout).toContain(endpoints[0]);
  });

  it('serves nobody without one, nor one of another authority', async () => {
    expect((await put(trusted())).code).not.toBe(0);
    expect((await put([...trusted(), `--cert=${file('foreign.crt')}`, `--key=${file('foreign.key')}`])).code).not.toBe(
      0,
    );
  });

  it('serves the pages over HTTPS on the same port', async () => {
    const [host, port] = servers.endpoint('storage-1').split(':');
    const [ca, cert, key] = await Promise.all(
      ['ca.crt', 'client.crt', 'client.key'].map((name) => readFile(file(name))),
    );
    const request = secureRequest({ host, port, path: '/health', ca, cert, key });
    request.end();
    const [response] = await once(request, 'response');
    expect(await text(response)).toBe('{"health":"true"}');
  });
});

describe('etcd’s pages over HTTP, on the port of gRPC', () => {
  let servers: StorageServers;
  beforeAll(async () => {
    servers = await StorageServers.start(1);
  });
  afterAll(() => servers?.stop());

  const get = async (path: string, method = 'GET'): Promise<{ status: number; body: string }> => {
    const [host, port] = servers.endpoint('storage-1').split(':');
    const request = plainRequest({ host, port, path, method });
    request.end();
    const [response] = await once(request, 'response');
    return { status: response.statusCode, body: await text(response) };
  };

  it('answers health, version, and nothing else', async () => {
    expect(await get('/health')).toEqual({ status: 200, body: '{"health":"true"}' });
    expect(await get('/health', 'POST')).toMatchObject({ status: 405 });
    expect(JSON.parse((await get('/version')).body)).toEqual({
      etcdserver: expect.stringMatching(/^3\.4\.\d+$/),
      etcdcluster: '3.4.0',
    });
    expect(await get('/nothing')).toEqual({ status: 404, body: '404 page not found\n' });
  });

  it('counts under etcd’s names', async () => {
    const { endpoints } = servers;
    await etcdctl(endpoints, ['put', 'a', 'b']);
    await etcdctl(endpoints, ['get', 'a']);
    const { body } = await get('/metrics');
    const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1]);
    expect(value('etcd_server_has_leader')).toBe(1);
    expect(value('etcd_server_is_leader')).toBe(1);
    expect(value('etcd_server_leader_changes_seen_total')).toBe(1);
    expect(value('etcd_debugging_mvcc_current_revision')).toBe(2);
    expect(value('etcd_debugging_mvcc_keys_total')).toBe(1);
    expect(value('etcd_mvcc_put_total')).toBe(1);
    expect(value('etcd_mvcc_range_total')).toBeGreaterThan(0);
    expect(value('etcd_mvcc_db_total_size_in_bytes')).toBeGreaterThan(0);
    expect(value('etcd_server_quota_backend_bytes')).toBe(2 * 1024 ** 3);
    expect(value('etcd_server_proposals_committed_total')).toBeGreaterThanOrEqual(2);
    expect(value('etcd_server_proposals_applied_total')).toBe(value('etcd_server_proposals_committed_total'));
    expect(value('etcd_disk_wal_fsync_duration_seconds_count')).toBeGreaterThan(0);
    expect(body).toMatch(
      /^grpc_server_handled_total\{grpc_type="unary",grpc_service="etcdserverpb.KV",grpc_method="Put",grpc_code="OK"\} 1$/m,
    );
  });
});
