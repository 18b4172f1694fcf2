import type { Container, HTTPGetAction, Pod } from '@orrery/api';
import type { Milliseconds } from '@orrery/runtime';
import type { HttpProbe, ProbeTarget } from './probe-network.ts';

export interface RequestTarget {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
  readonly timeoutMs: Milliseconds;
}

/** The request that an `httpGet` action means. Throws where its port has no number. */
export function httpProbe(action: HTTPGetAction, target: RequestTarget): HttpProbe {
  const headers = (action.httpHeaders ?? []).map(({ name, value }) => ({ name, value }));
  const has = (wanted: string) => headers.some(({ name }) => name.toLowerCase() === wanted);
  if (!has('user-agent')) headers.push({ name: 'User-Agent', value: 'kube-probe/1.36' });
  if (!has('accept')) headers.push({ name: 'Accept', value: '*/*' });
  const path = action.path ?? '/';
  return {
    target: probeTarget(target),
    scheme: action.scheme === 'HTTPS' ? 'HTTPS' : 'HTTP',
    host: action.host || target.podIp,
    port: portNumber(action.port, target.container),
    path: path.startsWith('/') ? path : `/${path}`,
    headers,
    timeoutMs: target.timeoutMs,
  };
}

export function probeTarget({ pod, container, containerId }: RequestTarget): ProbeTarget {
  return { podUid: pod.metadata.uid, containerName: container.name, containerId };
}

/** A port's number, given by number or by the name of one of the container's ports. */
export function portNumber(port: number | string, container: Container): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  const number = named ?? Number.parseInt(port, 10);
  if (Number.isNaN(number)) throw new Error(`couldn't find port: ${JSON.stringify(port)}`);
  return number;
}
