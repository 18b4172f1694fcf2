import { type RequestOptions, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { HttpsCluster } from '../../api/https-cluster.ts';
import { conformance } from '../conformance.ts';
import { KubectlSession } from './kubectl-session.ts';

describe('kubectl proxy', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
  });
  afterAll(() => cluster.stop());

  /** Starts a proxy, asks it for `/api/` where it says that it serves, and ends it. */
  const versionsThrough = async (
    kubectl: KubectlSession,
    args: readonly string[],
    addressOf: (announced: string) => RequestOptions,
  ): Promise<unknown> => {
    const proxy = kubectl.start(['proxy', ...args]);
    let printed = '';
    for await (const chunk of proxy.stdout ?? []) {
      printed += String(chunk);
      if (printed.includes('\n')) break;
    }
    try {
      return JSON.parse(await textOf({ ...addressOf(printed), path: '/api/', agent: false }));
    } finally {
      proxy.kill();
    }
  };
  const expected = { kind: 'APIVersions', versions: ['v1'] };

  conformance('[sig-cli] Kubectl client Proxy server should support proxy with --port 0', () =>
    KubectlSession.forEach(cluster, 'proxy-port', async (kubectl) => {
      const versions = await versionsThrough(kubectl, ['--port=0', '--disable-filter'], (announced) => {
        const [, port = ''] = /Starting to serve on 127\.0\.0\.1:(\d+)/.exec(announced) ?? [];
        return { host: '127.0.0.1', port };
      });
      expect(versions).toMatchObject(expected);
    }),
  );

  conformance('[sig-cli] Kubectl client Proxy server should support --unix-socket=/path', () =>
    KubectlSession.forEach(cluster, 'proxy-socket', async (kubectl) => {
      const socketPath = join(cluster.folder, `${kubectl.namespace}.sock`);
      expect(await versionsThrough(kubectl, [`--unix-socket=${socketPath}`], () => ({ socketPath }))).toMatchObject(
        expected,
      );
    }),
  );
});

function textOf(options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(options, async (response) => {
      resolve(Buffer.concat(await response.toArray()).toString('utf8'));
    });
    sent.on('error', reject);
    sent.end();
  });
}
