import { badRequest, type Pod, type Service, serviceUnavailable } from '@orrery/api';
import type { ApiRequest } from '../http/api-request.ts';
import type { ApiResponse } from '../http/api-response.ts';
import type { ObjectReader } from '../registry/object-reader.ts';
import type { ResourceContext } from '../registry/resource-context.ts';
import { connectionProblem } from '../webhooks/connection-problem.ts';
import type { Authority, ServiceResolver } from '../webhooks/service-resolver.ts';
import type { ConnectAdmission } from './connect-admission.ts';
import { tunnel } from './http-forwarding.driver.ts';
import { type ProxyDestination, readDestination } from './proxy-destination.ts';

const movedPermanently = 301;

/** `pods/proxy` and `services/proxy`: HTTP to a pod, by its name or behind a Service, with every method and with upgrades. */
export class HttpProxyHandler {
  constructor(
    private readonly reader: ObjectReader,
    private readonly services: ServiceResolver,
    private readonly admission: ConnectAdmission,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    const { request, target } = context;
    const { path = '' } = await this.admission.admitted(context);
    const destination = readDestination(target.name);
    const authority = await this.authorityOf(context, destination);
    if (path === '' && request.upgrade === undefined) return withSlash(request);
    const query = request.query.toString();
    return passOn(request, destination.scheme, authority, {
      path: `${path.startsWith('/') ? '' : '/'}${path}${query === '' ? '' : `?${query}`}`,
      prefix: request.path.slice(0, request.path.length - path.length).replace(/\/$/, ''),
    });
  }

  private async authorityOf(context: ResourceContext, { name, port }: ProxyDestination): Promise<Authority> {
    const named = { ...context, target: { ...context.target, name } };
    const { object } = await this.reader.get(named);
    if (context.target.resource === 'pods') return podAuthority(object as Pod, port);
    return this.services.resolve(context.target.namespace, name, servicePort(object as Service, port));
  }
}

/** A Service with several ports has to be asked for one of them, by its name or its number. */
function servicePort({ metadata, spec }: Service, wanted: string): number {
  const { ports = [] } = spec;
  const found =
    wanted === '' && ports.length === 1
      ? ports[0]
      : ports.find(({ name = '', port }) => name === wanted || String(port) === wanted);
  if (found !== undefined) return found.port;
  throw serviceUnavailable(
    `no service port ${JSON.stringify(wanted)} found for service ${JSON.stringify(metadata.name)}`,
  );
}

function podAuthority(pod: Pod, wanted: string): Authority {
  const { podIP } = pod.status;
  if (!podIP) throw badRequest('address not allowed');
  const first = pod.spec.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort ?? 80;
  return { host: podIP, port: wanted === '' ? first : portNumber(pod, wanted) };
}

function portNumber(pod: Pod, wanted: string): number {
  if (/^\d+$/.test(wanted)) return Number(wanted);
  const named = pod.spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === wanted);
  if (named !== undefined) return named.containerPort;
  throw badRequest(`pod ${JSON.stringify(pod.metadata.name)} has no port named ${JSON.stringify(wanted)}`);
}

/** Relative links of the page behind the proxy need a slash at the end of its path. */
function withSlash({ path, query }: ApiRequest): ApiResponse {
  const text = query.toString();
  const location = `${path}/${text === '' ? '' : `?${text}`}`;
  return { status: movedPermanently, contentType: 'text/plain', headers: { location }, body: new Uint8Array(0) };
}

async function passOn(
  request: ApiRequest,
  scheme: ProxyDestination['scheme'],
  { host, port }: Authority,
  { path, prefix }: { readonly path: string; readonly prefix: string },
): Promise<ApiResponse> {
  const forwarded = {
    'x-forwarded-uri': request.path,
    'x-forwarded-host': request.header('host') ?? '',
    'x-forwarded-proto': 'https',
  };
  try {
    const response = await tunnel(request, {
      secure: scheme === 'https',
      host,
      port,
      path,
      headers: { host: `${host}:${port}`, ...forwarded },
      // As upstream: whoever may use the proxy is not told who answers.
      connection: { rejectUnauthorized: false },
    });
    return withOwnLocation(response, prefix, `${host}:${port}`);
  } catch (error) {
    throw serviceUnavailable(`error trying to reach service: ${connectionProblem(error)}`);
  }
}

/** A redirect within the proxied server has to lead through the proxy again. */
function withOwnLocation(response: ApiResponse, prefix: string, authority: string): ApiResponse {
  const location = response.headers?.location;
  if (location === undefined) return response;
  const target = URL.parse(location, `http://${authority}`);
  if (target === null || target.host !== authority) return response;
  return {
    ...response,
    headers: { ...response.headers, location: `${prefix}${target.pathname}${target.search}${target.hash}` },
  };
}
