import type { HttpAnswer, HttpHandler } from '@orrery/grpc';
import type { EtcdMetrics } from '../metrics/etcd-metrics.ts';
import { ETCD_CLUSTER_VERSION, ETCD_VERSION } from './etcd-version.ts';

export interface HttpPagesParts {
  readonly metrics: EtcdMetrics;
  /** Why the member cannot serve; `undefined`: it can. Asks a majority. */
  readonly problem: () => Promise<string | undefined>;
}

/** What etcd serves over plain HTTP on the port of its clients. */
export function httpPages({ metrics, problem }: HttpPagesParts): HttpHandler {
  return async (method, path) => {
    switch (path) {
      case '/health': {
        if (method !== 'GET' && method !== 'HEAD') return METHOD_NOT_ALLOWED;
        const reason = await problem();
        metrics.countHealth(reason === undefined);
        return json(reason === undefined ? 200 : 503, {
          health: String(reason === undefined),
          ...(reason && { reason }),
        });
      }
      case '/version':
        return json(200, { etcdserver: ETCD_VERSION, etcdcluster: ETCD_CLUSTER_VERSION });
      case '/metrics':
        return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: metrics.text() };
      default:
        return undefined;
    }
  };
}

const METHOD_NOT_ALLOWED: HttpAnswer = {
  status: 405,
  contentType: 'text/plain; charset=utf-8',
  body: 'Method Not Allowed\n',
};

function json(status: number, value: object): HttpAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}
