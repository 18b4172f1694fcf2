import type { IncomingHttpHeaders } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import type { HttpsCluster } from './https-cluster.ts';

/** Where a cluster's API is, and who may use it. */
export type Endpoint = Pick<HttpsCluster, 'port' | 'certificates'>;

export interface ExchangeOptions {
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
  /** Default: the administrator. */
  readonly as?: 'admin' | 'nobody';
}

export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** Parsed where the answer is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every kind
  readonly body: any;
}

/** One request to the cluster's HTTPS port, and its whole answer with everything that it carries. */
export function exchange(cluster: Endpoint, path: string, options: ExchangeOptions = {}): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const sent = request(requestOptions(cluster, path, options), async (response) => {
      const bytes = Buffer.concat(await response.toArray());
      const text = bytes.toString('utf8');
      const isJson = (response.headers['content-type'] ?? '').startsWith('application/json');
      const plain = response.headers['content-encoding'] === undefined;
      const body = isJson && plain && !text.trim().includes('\n') ? JSON.parse(text) : undefined;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text, body });
    });
    sent.on('error', reject);
    sent.end(options.body);
  });
}

function requestOptions(cluster: Endpoint, path: string, options: ExchangeOptions): RequestOptions {
  const { method = 'GET', headers = {}, body, as = 'admin' } = options;
  const { certificate, key } = cluster.certificates.admin;
  return {
    host: '127.0.0.1',
    port: cluster.port,
    method,
    path,
    // A connection of its own: a kept one may be that of a server that was stopped.
    agent: false,
    ca: cluster.certificates.authority.certificate,
    ...(as === 'admin' && { cert: certificate, key }),
    headers: {
      ...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
      ...headers,
    },
  };
}

export interface WatchEvent {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
  readonly object: any;
}

/** An open watch: its events one by one, in their order. */
export class OpenWatch {
  private constructor(
    private readonly events: AsyncIterator<WatchEvent>,
    private readonly leave: () => void,
  ) {}

  static open(cluster: Endpoint, path: string, options: ExchangeOptions = {}): Promise<OpenWatch> {
    return new Promise((resolve, reject) => {
      const sent = request(requestOptions(cluster, path, options), (response) => {
        resolve(new OpenWatch(eventsOf(response), () => sent.destroy()));
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  /** All events until the watch ends. Throws where the connection breaks. */
  async *all(): AsyncIterable<WatchEvent> {
    for (;;) {
      const { done, value } = await this.events.next();
      if (done) return;
      yield value;
    }
  }

  /** The next events; fewer where the watch ends before. */
  async next(count: number): Promise<WatchEvent[]> {
    const taken: WatchEvent[] = [];
    while (taken.length < count) {
      const { done, value } = await this.events.next();
      if (done) break;
      taken.push(value);
    }
    return taken;
  }

  close(): void {
    this.leave();
  }
}

async function* eventsOf(chunks: AsyncIterable<Buffer>): AsyncIterator<WatchEvent> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as WatchEvent;
  }
}
