import { request } from 'node:https';
import type { Status } from '@orrery/api';
import type { HttpsCluster } from '../api/https-cluster.ts';

export interface Answer {
  readonly status: number;
  readonly body: Status;
}

/** Sends `body` exactly as it is to the cluster's HTTPS port, as its administrator. For answers that are a `Status`. */
export function send(
  cluster: HttpsCluster,
  method: string,
  path: string,
  body = '',
  contentType = 'application/json',
): Promise<Answer> {
  const { certificate, key } = cluster.certificates.admin;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: cluster.port,
        method,
        path,
        ca: cluster.certificates.authority.certificate,
        cert: certificate,
        key,
        headers: { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) },
      },
      async (response) => {
        const text = Buffer.concat(await response.toArray()).toString('utf8');
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Status });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
