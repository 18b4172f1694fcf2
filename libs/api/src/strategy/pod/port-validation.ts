import { duplicateValue, type FieldError, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { Container, ContainerPort, PodSpec } from '../../generated/kinds.ts';
import { lengthText } from '../../selectors/label-format.ts';
import { validateChoice } from '../choice-validation.ts';

const portRangeText = 'must be between 1 and 65535, inclusive';
const nameLengthMax = 15;
const protocols = ['SCTP', 'TCP', 'UDP'];

/** A port number of a connection; 0 is none. */
export function validatePortNumber(port: number | undefined, field: string): FieldError[] {
  const value = port ?? 0;
  return value >= 1 && value <= 65_535 ? [] : [invalidValue(field, value, portRangeText)];
}

/** A port by number or by name. */
export function validatePortReference(port: number | string | undefined, field: string): FieldError[] {
  if (typeof port !== 'string') return validatePortNumber(port, field);
  return portNameErrors(port).map((text) => invalidValue(field, port, text));
}

export function validateProtocol(protocol: string | undefined, field: string): FieldError[] {
  return validateChoice(protocol, protocols, field);
}

export function validateContainerPorts(ports: readonly ContainerPort[], path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `${path}[${i}]`;
    const findings: FieldError[] = [];
    if (port.name) {
      const texts = portNameErrors(port.name);
      if (texts.length > 0) findings.push(...invalidTexts(`${at}.name`, port.name, texts));
      else if (names.has(port.name)) findings.push(duplicateValue(`${at}.name`, port.name));
      else names.add(port.name);
    }
    if (!port.containerPort) findings.push(required(`${at}.containerPort`));
    else findings.push(...validatePortNumber(port.containerPort, `${at}.containerPort`));
    if (port.hostPort) findings.push(...validatePortNumber(port.hostPort, `${at}.hostPort`));
    return [...findings, ...validateProtocol(port.protocol, `${at}.protocol`)];
  });
}

/** Containers that run at the same time share the ports of their host. */
export function validateHostPortConflicts(containers: readonly Container[], path: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ hostPort, hostIP = '', protocol }, j) => {
      if (!hostPort) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      const findings = taken.has(key) ? [duplicateValue(`${path}[${i}].ports[${j}].hostPort`, key)] : [];
      taken.add(key);
      return findings;
    }),
  );
}

/** On the host's network a container's port is the host's. A template may leave that to its pods. */
export function validateHostNetworkPorts(spec: PodSpec, isPod: boolean, path: string): FieldError[] {
  if (!spec.hostNetwork) return [];
  return (spec.containers ?? []).flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ hostPort = 0, containerPort }, j) => {
      if (hostPort === containerPort || (hostPort === 0 && !isPod)) return [];
      const text = 'must match `containerPort` when `hostNetwork` is true';
      return [invalidValue(`${path}.containers[${i}].ports[${j}].hostPort`, hostPort, text)];
    }),
  );
}

/** An IANA service name. */
export function portNameErrors(name: string): string[] {
  const errors: string[] = [];
  if (name.length > nameLengthMax) errors.push(lengthText(nameLengthMax));
  if (!/^[-a-z0-9]+$/.test(name)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(name)) errors.push('must contain at least one letter (a-z)');
  if (name.includes('--')) errors.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}
