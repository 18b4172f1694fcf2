import { parseTime } from '@orrery/runtime';
import type { LogOptions } from '../logs/log-reader.ts';
import type { ContainerPath, StreamRequest } from './kubelet-api.ts';

/** A request to the kubelet's API, understood. */
export type KubeletRequest =
  | { readonly kind: 'healthz' }
  | { readonly kind: 'pods' }
  | { readonly kind: 'metrics' }
  | {
      readonly kind: 'logs';
      readonly path: ContainerPath;
      readonly options: LogOptions & { readonly previous: boolean };
    }
  | { readonly kind: 'stream'; readonly request: StreamRequest };

/** Reads path and query of upstream's kubelet API; undefined where there is no such path. `now`: for `sinceSeconds`. */
export function parseKubeletRequest(target: string, now: number): KubeletRequest | undefined {
  const url = new URL(target, 'https://kubelet');
  const [area, namespace, pod, ...rest] = url.pathname.split('/').slice(1).map(decodeURIComponent);
  const query = url.searchParams;
  if (area === 'healthz' && namespace === undefined) return { kind: 'healthz' };
  if (area === 'pods' && namespace === undefined) return { kind: 'pods' };
  if (area === 'metrics' && namespace === undefined) return { kind: 'metrics' };
  if (!namespace || !pod) return undefined;
  if (area === 'portForward') {
    const ports = query
      .getAll('port')
      .flatMap((value) => value.split(','))
      .map(Number)
      .filter(Number.isInteger);
    return { kind: 'stream', request: { kind: 'portForward', namespace, pod, ports } };
  }
  const container = rest.at(-1);
  if (!container) return undefined;
  const path = { namespace, pod, container };
  const streams = {
    tty: flag(query, 'tty'),
    stdin: flag(query, 'input'),
    stdout: flag(query, 'output'),
    stderr: flag(query, 'error'),
  };
  switch (area) {
    case 'containerLogs':
      return { kind: 'logs', path, options: logOptions(query, now) };
    case 'exec':
      return { kind: 'stream', request: { kind: 'exec', path, command: query.getAll('command'), ...streams } };
    case 'attach':
      return { kind: 'stream', request: { kind: 'attach', path, ...streams } };
    default:
      return undefined;
  }
}

function logOptions(query: URLSearchParams, now: number): LogOptions & { previous: boolean } {
  const since = sinceOf(query, now);
  const stream = query.get('stream');
  return {
    previous: flag(query, 'previous'),
    follow: flag(query, 'follow'),
    timestamps: flag(query, 'timestamps'),
    stream: stream === 'Stdout' ? 'stdout' : stream === 'Stderr' ? 'stderr' : 'all',
    ...(since === undefined ? {} : { since }),
    ...numberOption(query, 'tailLines'),
    ...numberOption(query, 'limitBytes'),
  };
}

function sinceOf(query: URLSearchParams, now: number): number | undefined {
  const seconds = Number(query.get('sinceSeconds') ?? Number.NaN);
  if (Number.isInteger(seconds)) return now - seconds * 1000;
  return parseTime(query.get('sinceTime') ?? '');
}

function numberOption(query: URLSearchParams, name: 'tailLines' | 'limitBytes'): Partial<Record<typeof name, number>> {
  const value = query.get(name);
  return value === null || value === '' || Number.isNaN(Number(value)) ? {} : { [name]: Number(value) };
}

function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value === '1' || value === 'true';
}
