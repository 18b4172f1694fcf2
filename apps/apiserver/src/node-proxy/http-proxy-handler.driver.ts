import { badRequest, type EndpointSlice, type Pod, type Service, serviceUnavailable } from '@orrery/api';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { ApiRequest } from '../http/api-request.ts';
import type { ApiResponse } from '../http/api-response.ts';
import type { ObjectReader } from '../registry/object-reader.ts';
import type { ResourceContext } from '../registry/resource-context.ts';

/** Headers of the client that concern only its own connection and identity, or that `fetch` makes itself. */
const forwardedHeaders = ['accept', 'accept-language', 'content-type', 'user-agent', 'range'];
const serviceNameLabel = 'kubernetes.io/service-name';

interface Destination {
  readonly scheme: string;
  readonly name: string;
  /** A number, the name of a port, or `''` for the only one. */
  readonly port: string;
}

/** `pods/proxy` and `services/proxy`: plain HTTP to a pod, by its name or behind a Service. */
export class HttpProxyHandler {
  constructor(
    private readonly reader: ObjectReader,
    private readonly cache: ObjectCache,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    const { request, target } = context;
    const destination = readDestination(target.name);
    const named = { ...context, target: { ...target, name: destination.name } };
    const { object } = await this.reader.get(named);
    const authority =
      target.resource === 'services'
        ? this.behindService(object as Service, destination.port)
        : podAuthority(object as Pod, destination.port);
    const tail =
      target.rest.map(encodeURIComponent).join('/') + (request.path.endsWith('/') && target.rest.length > 0 ? '/' : '');
    const query = request.query.toString();
    return forward(`${destination.scheme}://${authority}/${tail}${query === '' ? '' : `?${query}`}`, request);
  }

  /** The first ready address behind the Service: the API server need not be able to reach cluster IPs. */
  private behindService(service: Service, wanted: string): string {
    const { name, namespace = '' } = service.metadata;
    const ports = service.spec.ports ?? [];
    const port =
      wanted === '' ? ports[0] : ports.find((other) => other.name === wanted || String(other.port) === wanted);
    for (const { object } of this.cache.resource('discovery.k8s.io', 'endpointslices').range('')) {
      const slice = object as EndpointSlice;
      if (slice.metadata.namespace !== namespace || slice.metadata.labels?.[serviceNameLabel] !== name) continue;
      const ready = (slice.endpoints ?? []).find((endpoint) => endpoint.conditions?.ready !== false);
      const number = slice.ports?.find((other) => (other.name ?? '') === (port?.name ?? ''))?.port;
      if (port !== undefined && ready?.addresses[0] !== undefined && number !== undefined)
        return `${ready.addresses[0]}:${number}`;
    }
    throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  }
}

/** `name`, `name:port` or `scheme:name:port`. */
function readDestination(text: string): Destination {
  const parts = text.split(':');
  const [first = '', second = '', third = ''] = parts;
  if (parts.length === 3) return { scheme: first === 'https' ? 'https' : 'http', name: second, port: third };
  if (parts.length <= 2) return { scheme: 'http', name: first, port: second };
  throw badRequest(`invalid service request ${JSON.stringify(text)}`);
}

function podAuthority(pod: Pod, wanted: string): string {
  const { podIP } = pod.status;
  if (!podIP) throw badRequest('address not allowed');
  const first = pod.spec.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort ?? 80;
  return `${podIP}:${wanted === '' ? first : wanted}`;
}

async function forward(url: string, request: ApiRequest): Promise<ApiResponse> {
  const headers: Record<string, string> = {};
  for (const name of forwardedHeaders) {
    const value = request.header(name);
    if (value !== undefined) headers[name] = value;
  }
  const body = request.body.length > 0 ? Buffer.from(request.body) : undefined;
  let response: Response;
  try {
    response = await fetch(url, { method: request.method, headers, body, redirect: 'manual', signal: request.signal });
  } catch (error) {
    const { cause } = error as Error;
    throw serviceUnavailable(
      `error trying to reach service: ${cause instanceof Error ? cause.message : String(error)}`,
    );
  }
  const contentType = response.headers.get('content-type') ?? 'application/octet-stream';
  const location = response.headers.get('location');
  return {
    status: response.status,
    contentType,
    body: response.body ?? new Uint8Array(0),
    ...(location !== null && { headers: { location } }),
  };
}
