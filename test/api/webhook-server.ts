import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CertificateAuthority } from '@orrery/orrery';

/** What a webhook answers: the `response` of the review but for its uid, or a whole HTTP answer. */
export type WebhookAnswer =
  | Readonly<Record<string, unknown>>
  | { readonly statusCode: number; readonly text: string; readonly contentType?: string };

export interface ReceivedReview {
  readonly url: string;
  readonly host: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into requests of every kind
  readonly review: any;
}

type Answering = (received: ReceivedReview) => WebhookAnswer | Promise<WebhookAnswer>;

/** A webhook of somebody else: HTTPS on loopback with a certificate of its own authority. */
export class WebhookServer {
  readonly received: ReceivedReview[] = [];
  private readonly answers = new Map<string, Answering>();

  private constructor(
    private readonly server: Server,
    /** For `clientConfig.caBundle`. */
    readonly caBundle: string,
  ) {}

  /** `names`: what the certificate is for, besides `127.0.0.1`. */
  static async start(names: readonly string[] = []): Promise<WebhookServer> {
    const authority = await CertificateAuthority.create('webhooks');
    const pair = await authority.issue({ commonName: 'webhook', names: ['127.0.0.1', ...names] });
    const server = createServer({ cert: pair.certificate, key: pair.key });
    const webhooks = new WebhookServer(server, Buffer.from(authority.keyPair.certificate).toString('base64'));
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (piece) => {
        text += String(piece);
      });
      request.on('end', async () => {
        const { url = '', headers } = request;
        const answer = await webhooks.answer({ url, host: headers.host ?? '', review: JSON.parse(text) });
        response.writeHead(answer.statusCode, { 'content-type': answer.contentType });
        response.end(answer.text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return webhooks;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The webhook at `path`. */
  on(path: string, answering: Answering): void {
    this.answers.set(path, answering);
  }

  /** The `clientConfig` of the webhook at `path`. */
  clientConfig(path: string): { url: string; caBundle: string } {
    return { url: `https://127.0.0.1:${this.port}${path}`, caBundle: this.caBundle };
  }

  /** The reviews that came to `path`, in their order. */
  at(path: string): ReceivedReview[] {
    return this.received.filter(({ url }) => url.split('?')[0] === path);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(received: ReceivedReview) {
    this.received.push(received);
    const answering = this.answers.get(received.url.split('?')[0] ?? '');
    if (answering === undefined) return { statusCode: 404, text: '', contentType: 'text/plain' };
    const answer = await answering(received);
    if ('statusCode' in answer) {
      return { contentType: 'text/plain', ...(answer as { statusCode: number; text: string }) };
    }
    const { apiVersion, kind, request } = received.review;
    const review = { apiVersion, kind, response: { uid: request.uid, ...answer } };
    return { statusCode: 200, text: JSON.stringify(review), contentType: 'application/json' };
  }
}

/** A patch as an answer carries it. */
export function patchAnswer(...operations: readonly object[]): WebhookAnswer {
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
  return { allowed: true, patchType: 'JSONPatch', patch };
}
