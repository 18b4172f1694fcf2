import {
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  valueNotFound,
} from '../../errors/field-error.ts';
import type { Container, ContainerPort, PodSpec, SecurityContext, VolumeMount } from '../../generated/kinds.ts';
import { dnsLabelErrors } from '../../selectors/label-format.ts';
import { validateEnv, validateEnvFrom } from './env-validation.ts';
import { portNameErrors, validatePortNumber, validateProtocol } from './port-validation.ts';
import { validateProbes } from './probe-validation.ts';
import { validateResources } from './resources-validation.ts';
import { validateLocalPath } from './volume-validation.ts';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const messagePolicies = ['FallbackToLogsOnError', 'File'];
const idRangeText = 'must be between 0 and 2147483647, inclusive';
const idMax = 2 ** 31 - 1;

/** All containers of a pod: each by itself, and what they must not share. */
export function validateContainers(spec: PodSpec, path: string): FieldError[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec;
  const findings: FieldError[] = containers.length === 0 ? [required(`${path}.containers`)] : [];
  const volumes = new Set((spec.volumes ?? []).map(({ name }) => name));
  const names = new Set<string>();
  const visit = (container: Container, at: string) => {
    findings.push(...validateContainer(container, volumes, at));
    if (container.name && names.has(container.name)) findings.push(duplicateValue(`${at}.name`, container.name));
    names.add(container.name);
  };
  for (const [i, container] of containers.entries()) visit(container, `${path}.containers[${i}]`);
  for (const [i, container] of initContainers.entries()) {
    visit(container, `${path}.initContainers[${i}]`);
    findings.push(...validateInitContainer(container, `${path}.initContainers[${i}]`));
  }
  for (const [i, container] of ephemeralContainers.entries()) visit(container, `${path}.ephemeralContainers[${i}]`);
  findings.push(...validateHostPorts(spec, path));
  return findings;
}

function validateContainer(container: Container, volumes: ReadonlySet<string>, path: string): FieldError[] {
  return [
    ...validateName(container.name, `${path}.name`),
    ...validateImage(container.image, `${path}.image`),
    ...choice(container.terminationMessagePolicy, messagePolicies, `${path}.terminationMessagePolicy`),
    ...choice(container.imagePullPolicy, pullPolicies, `${path}.imagePullPolicy`),
    ...validatePorts(container.ports ?? [], `${path}.ports`),
    ...validateEnv(container.env ?? [], `${path}.env`),
    ...validateEnvFrom(container.envFrom ?? [], `${path}.envFrom`),
    ...validateMounts(container.volumeMounts ?? [], volumes, `${path}.volumeMounts`),
    ...validateProbes(container, path),
    ...validateResources(container.resources, `${path}.resources`),
    ...validateSecurity(container.securityContext, `${path}.securityContext`),
  ];
}

/** Only an init container that keeps running (a sidecar) has hooks and probes. */
function validateInitContainer(container: Container, path: string): FieldError[] {
  const { restartPolicy } = container;
  if (restartPolicy === 'Always') return [];
  return (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    .filter((field) => container[field])
    .map((field) =>
      forbiddenField(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always'),
    );
}

function validateName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  return dnsLabelErrors(name).map((text) => invalidValue(field, name, text));
}

function validateImage(image: string | undefined, field: string): FieldError[] {
  if (!image) return [required(field)];
  return image.trim() === image ? [] : [invalidValue(field, image, 'must not have leading or trailing whitespace')];
}

function choice(value: string | undefined, supported: readonly string[], field: string): FieldError[] {
  if (!value) return [required(field)];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

function validatePorts(ports: readonly ContainerPort[], path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `${path}[${i}]`;
    const findings: FieldError[] = [];
    if (port.name) {
      const texts = portNameErrors(port.name);
      if (texts.length > 0) findings.push(...texts.map((text) => invalidValue(`${at}.name`, port.name, text)));
      else if (names.has(port.name)) findings.push(duplicateValue(`${at}.name`, port.name));
      names.add(port.name);
    }
    if (!port.containerPort) findings.push(required(`${at}.containerPort`));
    else findings.push(...validatePortNumber(port.containerPort, `${at}.containerPort`));
    if (port.hostPort) findings.push(...validatePortNumber(port.hostPort, `${at}.hostPort`));
    findings.push(...validateProtocol(port.protocol, `${at}.protocol`));
    return findings;
  });
}

function validateHostPorts(spec: PodSpec, path: string): FieldError[] {
  const taken = new Set<string>();
  const findings: FieldError[] = [];
  for (const [i, container] of (spec.containers ?? []).entries()) {
    for (const [j, port] of (container.ports ?? []).entries()) {
      const at = `${path}.containers[${i}].ports[${j}]`;
      if (spec.hostNetwork && port.hostPort && port.hostPort !== port.containerPort) {
        const text = 'must match `hostPort` when `hostNetwork` is true';
        findings.push(invalidValue(`${at}.containerPort`, port.containerPort, text));
      }
      if (!port.hostPort) continue;
      const key = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(key)) findings.push(duplicateValue(`${at}.hostPort`, key));
      taken.add(key);
    }
  }
  return findings;
}

function validateMounts(mounts: readonly VolumeMount[], volumes: ReadonlySet<string>, path: string): FieldError[] {
  const places = new Set<string>();
  return mounts.flatMap((mount, i) => {
    const at = `${path}[${i}]`;
    const findings: FieldError[] = [];
    if (!mount.name) findings.push(required(`${at}.name`));
    else if (!volumes.has(mount.name)) findings.push(valueNotFound(`${at}.name`, mount.name));
    if (!mount.mountPath) findings.push(required(`${at}.mountPath`));
    else if (places.has(mount.mountPath)) {
      findings.push(invalidValue(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    }
    places.add(mount.mountPath);
    if (mount.subPath) findings.push(...validateLocalPath(mount.subPath, `${at}.subPath`));
    if (mount.subPath && mount.subPathExpr) {
      findings.push(
        invalidValue(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
      );
    }
    return findings;
  });
}

function validateSecurity(context: SecurityContext | undefined, path: string): FieldError[] {
  if (!context) return [];
  const findings = validateIds(context, path);
  if (context.privileged && context.allowPrivilegeEscalation === false) {
    const text = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    findings.push(invalidValue(path, context, text));
  }
  return findings;
}

/** User and group ids of a container or a pod. */
export function validateIds(context: { runAsUser?: number; runAsGroup?: number }, path: string): FieldError[] {
  return (['runAsUser', 'runAsGroup'] as const).flatMap((field) => {
    const id = context[field] ?? 0;
    return id < 0 || id > idMax ? [invalidValue(`${path}.${field}`, id, idRangeText)] : [];
  });
}
