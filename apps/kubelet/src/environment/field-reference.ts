import type { Container, Pod } from '@orrery/api';
import { scaledUp } from '../resources/resource-amount.ts';

/** What a pod's own fields can refer to beyond its spec. */
export interface FieldContext {
  readonly pod: Pod;
  readonly podIps: readonly string[];
  readonly nodeIp: string;
  /** The node's allocatable: stands in for limits that a container does not have. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** The value of a `fieldRef`; undefined where the path is not supported. */
export function fieldValue(context: FieldContext, fieldPath: string): string | undefined {
  const { pod, podIps, nodeIp } = context;
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (subscript) {
    const map = subscript[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations;
    return map?.[subscript[2] ?? ''] ?? '';
  }
  switch (fieldPath) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'metadata.labels':
      return formatMap(pod.metadata.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return nodeIp;
    case 'status.podIP':
      return podIps[0] ?? '';
    case 'status.podIPs':
      return podIps.join(',');
    default:
      return undefined;
  }
}

/** The value of a `resourceFieldRef` (`limits.cpu`, …) in units of its divisor, rounded up; undefined where it is not supported. */
export function resourceValue(
  context: FieldContext,
  container: Container,
  resource: string,
  divisor: string | undefined,
): string | undefined {
  const [kind, name = ''] = splitOnce(resource, '.');
  const own =
    kind === 'limits' ? container.resources?.limits : kind === 'requests' ? container.resources?.requests : undefined;
  if (own === undefined && kind !== 'limits' && kind !== 'requests') return undefined;
  const fallback = kind === 'limits' ? context.allocatable[name] : '0';
  const value = own?.[name] ?? fallback ?? '0';
  const unit = divisor === undefined || divisor === '0' || divisor === '' ? '1' : divisor;
  return scaledUp(value, unit);
}

function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
