import type { Bus, Message, Subjects, Subscription } from '@orrery/bus';
import { apiv1 } from '@orrery/proto';
import type { RequestPipeline } from '../pipeline/request-pipeline.ts';
import type { ApiRequest } from './api-request.ts';
import { bodyChunks } from './api-response.ts';

const chunkBytes = 512 * 1024;
const queue = 'apiserver';
const nothing = new Uint8Array(0);

/** Takes requests from the bus: the same pipeline, the user from the subject. Watches are not offered here: components follow the log. */
export class BusFace {
  private subscription: Subscription | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly subjects: Subjects,
    private readonly pipeline: RequestPipeline,
  ) {}

  async start(): Promise<void> {
    this.subscription = await this.bus.serveMany(
      this.subjects.apiOfAll(),
      (message, signal) => this.answer(message, signal),
      { queue },
    );
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
    this.subscription = undefined;
  }

  private async *answer(message: Message, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const request = requestOf(apiv1.Request.decode(message.data), this.subjects.apiUser(message.subject), signal);
    const { status, contentType, body, warnings = [] } = await this.pipeline.handle(request);
    let first = true;
    for await (const chunk of bodyChunks(body, chunkBytes)) {
      yield encoded(first ? { status, contentType, body: chunk, warnings: [...warnings] } : { body: chunk });
      first = false;
    }
    if (first) yield encoded({ status, contentType, body: nothing, warnings: [...warnings] });
  }
}

function encoded(chunk: Partial<apiv1.ResponseChunk>): Uint8Array {
  return apiv1.ResponseChunk.encode(apiv1.ResponseChunk.fromPartial(chunk)).finish();
}

function requestOf(request: apiv1.Request, user: string, signal: AbortSignal): ApiRequest {
  const at = request.path.indexOf('?');
  const headers: Readonly<Record<string, string>> = {
    'content-type': request.contentType,
    accept: request.accept,
    traceparent: request.traceParent,
  };
  const query = new URLSearchParams(at < 0 ? '' : request.path.slice(at + 1));
  query.delete('watch');
  return {
    method: request.method,
    path: at < 0 ? request.path : request.path.slice(0, at),
    query,
    header: (name) => headers[name] || undefined,
    body: request.body,
    credentials: { kind: 'bus', user },
    signal,
  };
}
