import {
  badRequest,
  internal,
  type Node,
  notFound,
  type Pod,
  type ResourceInfo,
  type ResourceTable,
  serviceUnavailable,
} from '@orrery/api';
import { invariant } from '@orrery/runtime';
import type { ApiResponse } from '../http/api-response.ts';
import type { ObjectLookup } from '../registry/object-lookup.ts';
import type { ResourceContext } from '../registry/resource-context.ts';
import type { ConnectAdmission } from './connect-admission.ts';
import type { ConnectOptions } from './connect-options.ts';
import { chooseContainer, waitingText } from './container-choice.ts';
import type { KubeletAddress, NodeConnection } from './node-connection.driver.ts';
import { readDestination } from './proxy-destination.ts';

const kubeletPortDefault = 10_250;
const logParameters = [
  'follow',
  'previous',
  'sinceSeconds',
  'sinceTime',
  'timestamps',
  'tailLines',
  'limitBytes',
  'stream',
];
/** Upstream's names of the streams, in the API and at the kubelet. */
const streamParameters = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;
type Stream = keyof typeof streamParameters;

/** `pods/log`, `exec`, `attach`, `portforward` and `nodes/proxy`: finds the pod's kubelet and hands the connection over to it. */
export class PodConnectHandler {
  private readonly pods: ResourceInfo;
  private readonly nodes: ResourceInfo;

  constructor(
    table: ResourceTable,
    private readonly lookup: ObjectLookup,
    /** `undefined` where the server has no certificate for kubelets. */
    private readonly kubelets: NodeConnection | undefined,
    private readonly admission: ConnectAdmission,
  ) {
    const pods = table.find('', 'v1', 'pods');
    const nodes = table.find('', 'v1', 'nodes');
    invariant(pods !== undefined && nodes !== undefined, 'pods and nodes are in the resource table');
    this.pods = pods;
    this.nodes = nodes;
  }

  async handle(context: ResourceContext): Promise<ApiResponse> {
    const { target } = context;
    const isLog = target.subresource === 'log';
    const options = isLog ? undefined : await this.admission.admitted(context);
    if (target.resource === 'nodes') return this.node(context, options?.path ?? '');
    const found = await this.lookup.find(this.pods, target.namespace, target.name);
    if (found === undefined) throw notFound(this.pods, target.name);
    const pod = found.object as Pod;
    if (this.kubelets === undefined) throw serviceUnavailable('this API server is not configured to reach kubelets');
    return options === undefined
      ? this.log(context, pod, this.kubelets)
      : this.connect(context, pod, options, this.kubelets);
  }

  /** `nodes/proxy`: everything that the kubelet itself serves. `name` and `name:port`. */
  private async node({ request, target }: ResourceContext, path: string): Promise<ApiResponse> {
    if (this.kubelets === undefined) throw serviceUnavailable('this API server is not configured to reach kubelets');
    const { name, port } = readDestination(target.name);
    const address = await this.addressOf(name);
    const asked = port === '' ? address : { ...address, port: Number(port) };
    return this.kubelets.forward(
      asked,
      `${path.startsWith('/') ? '' : '/'}${path}${queryText(request.query)}`,
      request,
    );
  }

  private async log(context: ResourceContext, pod: Pod, kubelets: NodeConnection): Promise<ApiResponse> {
    const { query, signal } = context.request;
    const container = chooseContainer(pod, query.get('container') ?? '');
    if (!pod.spec.nodeName) return { status: 200, contentType: 'text/plain', body: new Uint8Array(0) };
    const waiting = waitingText(pod, container);
    if (waiting !== undefined) throw badRequest(waiting);
    const forwarded = new URLSearchParams();
    for (const name of logParameters) {
      const value = query.get(name);
      if (value !== null) forwarded.set(name, value);
    }
    const path = kubeletPath('containerLogs', pod, container);
    const address = await this.addressOf(pod.spec.nodeName);
    return kubelets.stream(address, `${path}${queryText(forwarded)}`, signal);
  }

  private async connect(
    { request, target }: ResourceContext,
    pod: Pod,
    options: ConnectOptions,
    kubelets: NodeConnection,
  ): Promise<ApiResponse> {
    if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
    if (request.upgrade === undefined) throw badRequest('Upgrade request required');
    const path =
      target.subresource === 'portforward'
        ? portForwardPath(pod, options)
        : streamPath(target.subresource, pod, options);
    const address = await this.addressOf(pod.spec.nodeName);
    return kubelets.tunnel(address, path, request);
  }

  private async addressOf(name: string): Promise<KubeletAddress> {
    const node = (await this.lookup.find(this.nodes, '', name))?.object as Node | undefined;
    if (node === undefined) throw notFound(this.nodes, name);
    const addresses = node.status.addresses ?? [];
    const byType = (type: string): string | undefined => addresses.find((address) => address.type === type)?.address;
    const host = byType('InternalIP') ?? byType('Hostname');
    if (host === undefined) throw internal(new Error(`no preferred addresses found; known addresses: []`));
    return { node: name, host, port: node.status.daemonEndpoints?.kubeletEndpoint?.Port || kubeletPortDefault };
  }
}

function kubeletPath(verb: string, pod: Pod, container: string): string {
  const { namespace = '', name } = pod.metadata;
  return `/${verb}/${[namespace, name, container].map(encodeURIComponent).join('/')}`;
}

function streamPath(verb: string, pod: Pod, options: ConnectOptions): string {
  const { phase } = pod.status;
  if (phase === 'Succeeded' || phase === 'Failed') {
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
  const container = chooseContainer(pod, options.container ?? '');
  const forwarded = new URLSearchParams();
  for (const command of options.command ?? []) forwarded.append('command', command);
  for (const [name, kubeletName] of Object.entries(streamParameters)) {
    if (options[name as Stream]) forwarded.set(kubeletName, '1');
  }
  return `${kubeletPath(verb, pod, container)}${queryText(forwarded)}`;
}

function portForwardPath(pod: Pod, { ports = [] }: ConnectOptions): string {
  const { namespace = '', name } = pod.metadata;
  const forwarded = new URLSearchParams();
  for (const port of ports) forwarded.append('port', String(port));
  return `/portForward/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}${queryText(forwarded)}`;
}

function queryText(query: URLSearchParams): string {
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
