import type { ApiObject } from '@orrery/api';
import type { ResourceContext } from '../registry/resource-context.ts';

/** The options of a connection as an object of the API (`PodExecOptions`, `ServiceProxyOptions`, …): what admission decides about. */
export interface ConnectOptions {
  apiVersion: 'v1';
  kind: string;
  container?: string;
  command?: string[];
  stdin?: boolean;
  stdout?: boolean;
  stderr?: boolean;
  tty?: boolean;
  ports?: number[];
  /** Behind `proxy`, without the slash in front unless that is all; absent where nothing follows. */
  path?: string;
}

const flags = ['stdin', 'stdout', 'stderr', 'tty'] as const;
const kinds: Readonly<Record<string, string>> = {
  attach: 'PodAttachOptions',
  exec: 'PodExecOptions',
  portforward: 'PodPortForwardOptions',
};
const proxyKinds: Readonly<Record<string, string>> = {
  nodes: 'NodeProxyOptions',
  pods: 'PodProxyOptions',
  services: 'ServiceProxyOptions',
};

/** Reads the options from path and query. */
export function connectOptionsOf({ target, request }: ResourceContext): ConnectOptions {
  const { query } = request;
  const { resource, subresource } = target;
  if (subresource === 'proxy') {
    const path = proxyPath(target.rest, request.path);
    return { apiVersion: 'v1', kind: proxyKinds[resource] ?? '', ...(path !== '' && { path }) };
  }
  const options: ConnectOptions = { apiVersion: 'v1', kind: kinds[subresource] ?? '' };
  if (subresource === 'portforward') {
    const ports = query.getAll('ports').flatMap((text) => text.split(','));
    return ports.length === 0 ? options : { ...options, ports: ports.map(Number) };
  }
  for (const flag of flags) if (['true', '1'].includes(query.get(flag) ?? '')) options[flag] = true;
  const container = query.get('container') ?? '';
  if (container !== '') options.container = container;
  if (subresource === 'exec' && query.has('command')) options.command = query.getAll('command');
  return options;
}

function proxyPath(rest: readonly string[], path: string): string {
  const joined = rest.map(encodeURIComponent).join('/');
  return path.endsWith('/') ? `${joined}/` : joined;
}

export function asApiObject(options: ConnectOptions): ApiObject {
  return options as unknown as ApiObject;
}
