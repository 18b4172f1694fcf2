import type { Bus, Subjects } from '@orrery/bus';
import { apiv1 } from '@orrery/proto';

/** As a client reads it. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly warnings: readonly string[];
  readonly text: string;
  /** Parsed where the answer is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every kind
  readonly body: any;
}

export interface RawRequestOptions {
  /** Who asks. Default `system:admin`. */
  readonly user?: string;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Default `application/json`. */
  readonly accept?: string;
}

/** Lets time pass until `work` is done. */
export type Settle = <R>(work: Promise<R>) => Promise<R>;

/** How long each next part of an answer may take. */
const timeoutMs = 60_000;

/** Requests to the API as they are, with the answer's status: for tests of the API itself. Over the bus, hence in virtual time as well. */
export class RawApi {
  constructor(
    private readonly bus: Bus,
    private readonly subjects: Subjects,
    private readonly settle: Settle,
  ) {}

  get(path: string, options?: RawRequestOptions): Promise<RawAnswer> {
    return this.request('GET', path, undefined, options);
  }

  post(path: string, body: unknown, options?: RawRequestOptions): Promise<RawAnswer> {
    return this.request('POST', path, body, options);
  }

  /** A body that is not text is sent as JSON. */
  request(method: string, path: string, body?: unknown, options: RawRequestOptions = {}): Promise<RawAnswer> {
    return this.settle(this.send(method, path, body, options));
  }

  private async send(method: string, path: string, body: unknown, options: RawRequestOptions): Promise<RawAnswer> {
    const { user = 'system:admin', contentType = 'application/json', accept = 'application/json' } = options;
    const sent = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const request = { method, path, contentType, accept, body: Buffer.from(sent) };
    const data = apiv1.Request.encode(apiv1.Request.fromPartial(request)).finish();
    const chunks: apiv1.ResponseChunk[] = [];
    for await (const chunk of this.bus.requestMany(this.subjects.api(user), data, { timeoutMs })) {
      chunks.push(apiv1.ResponseChunk.decode(chunk));
    }
    return answerOf(chunks);
  }
}

function answerOf(chunks: readonly apiv1.ResponseChunk[]): RawAnswer {
  const { status = 0, contentType = '', warnings = [] } = chunks[0] ?? {};
  const text = Buffer.concat(chunks.map(({ body }) => body)).toString('utf8');
  const isJson = contentType.startsWith('application/json') && text !== '';
  return { status, contentType, warnings, text, body: isJson ? JSON.parse(text) : undefined };
}
