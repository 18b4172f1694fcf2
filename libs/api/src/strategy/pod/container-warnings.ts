import type { Container, ContainerPort, EnvVar, EphemeralContainer, PodSpec } from '../../generated/kinds.ts';
import { fractionWarnings } from '../storage/claim-warnings.ts';
import { containersOf } from './containers-of.ts';

/** Amounts that cannot be, and variables that hide others. */
export function warningsOfContainers(spec: PodSpec, path: string): string[] {
  return containersOf(spec, path).flatMap(({ container, path: at }) => [
    ...warningsOfAmounts(container, at),
    ...warningsOfEnv(container.env ?? [], `${at}.env`),
  ]);
}

function warningsOfAmounts({ resources }: Container | EphemeralContainer, path: string): string[] {
  return ['memory', 'ephemeral-storage'].flatMap((name) =>
    (['limits', 'requests'] as const).flatMap((kind) =>
      fractionWarnings(resources?.[kind]?.[name], `${path}.resources.${kind}[${name}]`),
    ),
  );
}

/** A second value may extend the first one, as in `X=$(X):more`; anything else hides it. */
function warningsOfEnv(vars: readonly EnvVar[], path: string): string[] {
  const seen = new Set<string>();
  return vars.flatMap(({ name, value = '', valueFrom }, i) => {
    const reference = `$(${name})`;
    const hides = seen.has(name) && (valueFrom !== undefined || value === reference || !value.includes(reference));
    seen.add(name);
    const text = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
    return hides ? [`${path}[${i}]: ${text}`] : [];
  });
}

/** Ports of the same number and protocol, in whichever containers of the pod. */
export function warningsOfPorts(spec: PodSpec, path: string): string[] {
  const known = new Map<string, { readonly field: string; readonly port: ContainerPort }[]>();
  return containersOf(spec, path).flatMap(({ container, path: at }) =>
    (container.ports ?? []).flatMap((port, i) => {
      const field = `${at}.ports[${i}]`;
      const key = `${port.containerPort}/${port.protocol}`;
      const others = known.get(key) ?? [];
      known.set(key, [...others, { field, port }]);
      const clashes = others.flatMap((other) => {
        const kind = clashOf(port, other.port);
        return kind === undefined ? [] : [`${field}: ${kind} port definition with ${other.field}`];
      });
      const withoutPort = port.hostIP && !port.hostPort;
      return withoutPort ? [`${field}: hostIP set without hostPort: ${goText(port)}`, ...clashes] : clashes;
    }),
  );
}

function clashOf(a: ContainerPort, b: ContainerPort): string | undefined {
  const [port = 0, other = 0] = [a.hostPort, b.hostPort];
  const [ip = '', otherIp = ''] = [a.hostIP, b.hostIP];
  if (ip === otherIp && port === other) return 'duplicate';
  if (port === 0 || other === 0) return 'overlapping';
  return port === other && (ip === '') !== (otherIp === '') ? 'dangerously ambiguous' : undefined;
}

/** The port as Go's `%+v` prints it. */
function goText({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}
