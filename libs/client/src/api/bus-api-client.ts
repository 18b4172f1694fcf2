import {
  type Bus,
  NoResponderError,
  RemoteError,
  RequestTimeoutError,
  StreamBrokenError,
  type Subjects,
} from '@orrery/bus';
import { apiv1 } from '@orrery/proto';
import type { Milliseconds, Timers } from '@orrery/runtime';
import {
  type ApiTransport,
  type ApiTransportRequest,
  type ApiTransportResponse,
  ApiUnreachableError,
} from './api-transport.ts';
import { RestApiClient, type RestApiClientOptions } from './rest-api-client.ts';

export interface BusApiClientOptions extends RestApiClientOptions {
  readonly timers: Timers;
  /** Wait for each next part of an answer. Default 10,000. */
  readonly timeoutMs?: Milliseconds;
}

/** The API for our own services: requests travel over the bus, in the name of `user` (`system:kube-scheduler`). */
export class BusApiClient extends RestApiClient {
  constructor(bus: Bus, subjects: Subjects, user: string, options: BusApiClientOptions) {
    super(new BusApiTransport(bus, subjects.api(user), options.timeoutMs ?? 10_000), options.timers, options);
  }
}

class BusApiTransport implements ApiTransport {
  constructor(
    private readonly bus: Bus,
    private readonly subject: string,
    private readonly timeoutMs: Milliseconds,
  ) {}

  async send({ method, path, contentType, body }: ApiTransportRequest): Promise<ApiTransportResponse> {
    const request = apiv1.Request.encode(
      apiv1.Request.fromPartial({ method, path, contentType, accept: 'application/json', body }),
    ).finish();
    const parts: Uint8Array[] = [];
    let status = 0;
    try {
      for await (const data of this.bus.requestMany(this.subject, request, { timeoutMs: this.timeoutMs })) {
        const chunk = apiv1.ResponseChunk.decode(data);
        if (status === 0) status = chunk.status;
        parts.push(chunk.body);
      }
    } catch (error) {
      throw unreachable(path, error);
    }
    if (status === 0) throw new ApiUnreachableError(path, 'unknown');
    return { status, body: joined(parts) };
  }
}

function unreachable(path: string, error: unknown): unknown {
  if (error instanceof NoResponderError) return new ApiUnreachableError(path, 'no', { cause: error });
  const unfinished =
    error instanceof RequestTimeoutError || error instanceof RemoteError || error instanceof StreamBrokenError;
  if (unfinished) {
    return new ApiUnreachableError(path, 'unknown', { cause: error });
  }
  return error;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const body = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}
