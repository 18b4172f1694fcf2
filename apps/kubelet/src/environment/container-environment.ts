import type { Container, EnvVar, Service } from '@orrery/api';
import { ContainerConfigError } from './container-config-error.ts';
import { expandVariables } from './expand-variables.ts';
import { type FieldContext, fieldValue, resourceValue } from './field-reference.ts';
import type { ObjectSource } from './object-source.ts';
import { serviceEnvironment, visibleServices } from './service-environment.ts';

export interface EnvironmentInput extends FieldContext {
  readonly container: Container;
  readonly services: readonly Service[];
  readonly objects: ObjectSource;
}

/**
 * All variables of a container in the order in which they are set: services, `envFrom`, `env`; later ones win.
 * Throws `ContainerConfigError` when something that is referred to is missing and not optional.
 */
export async function containerEnvironment(input: EnvironmentInput): Promise<Map<string, string>> {
  const namespace = input.pod.metadata.namespace ?? '';
  const links = input.pod.spec.enableServiceLinks !== false;
  const services = serviceEnvironment(visibleServices(input.services, namespace, links));
  const result = new Map<string, string>();
  for (const source of input.container.envFrom ?? []) {
    for (const [key, value] of await sourceEntries(input, source)) result.set(`${source.prefix ?? ''}${key}`, value);
  }
  for (const variable of input.container.env ?? []) {
    const value = await variableValue(input, variable, (name) => result.get(name) ?? services.get(name));
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of services) if (!result.has(name)) result.set(name, value);
  return result;
}

/** Command and arguments with the container's variables put in. */
export function expandCommand(
  words: readonly string[] | undefined,
  environment: ReadonlyMap<string, string>,
): string[] {
  return (words ?? []).map((word) => expandVariables(word, (name) => environment.get(name)));
}

async function sourceEntries(
  { pod, objects }: EnvironmentInput,
  { configMapRef, secretRef }: NonNullable<Container['envFrom']>[number],
): Promise<[string, string][]> {
  const namespace = pod.metadata.namespace ?? '';
  if (configMapRef) {
    const configMap = await objects.configMap(namespace, configMapRef.name ?? '');
    if (!configMap && !configMapRef.optional) throw ContainerConfigError.missing('configmap', configMapRef.name ?? '');
    return Object.entries(configMap?.data ?? {});
  }
  if (secretRef) {
    const secret = await objects.secret(namespace, secretRef.name ?? '');
    if (!secret && !secretRef.optional) throw ContainerConfigError.missing('secret', secretRef.name ?? '');
    return Object.entries(secret?.data ?? {}).map(([key, value]) => [key, decodeText(value)]);
  }
  return [];
}

async function variableValue(
  input: EnvironmentInput,
  { value, valueFrom }: EnvVar,
  lookUp: (name: string) => string | undefined,
): Promise<string | undefined> {
  if (!valueFrom) return expandVariables(value ?? '', lookUp);
  const namespace = input.pod.metadata.namespace ?? '';
  if (valueFrom.fieldRef) {
    const found = fieldValue(input, valueFrom.fieldRef.fieldPath);
    if (found === undefined) throw new ContainerConfigError(`unsupported fieldPath: ${valueFrom.fieldRef.fieldPath}`);
    return found;
  }
  if (valueFrom.resourceFieldRef) {
    const { containerName, resource, divisor } = valueFrom.resourceFieldRef;
    const all = [...input.pod.spec.containers, ...(input.pod.spec.initContainers ?? [])];
    const container = containerName ? all.find((candidate) => candidate.name === containerName) : input.container;
    if (!container) throw new ContainerConfigError(`container ${containerName} not found`);
    const found = resourceValue(input, container, resource, divisor);
    if (found === undefined) throw new ContainerConfigError(`unsupported container resource : ${resource}`);
    return found;
  }
  if (valueFrom.configMapKeyRef) {
    const { name = '', key, optional } = valueFrom.configMapKeyRef;
    const configMap = await input.objects.configMap(namespace, name);
    if (!configMap && !optional) throw ContainerConfigError.missing('configmap', name);
    const found = configMap?.data?.[key];
    if (configMap && found === undefined && !optional)
      throw ContainerConfigError.missingKey('ConfigMap', namespace, name, key);
    return found;
  }
  if (valueFrom.secretKeyRef) {
    const { name = '', key, optional } = valueFrom.secretKeyRef;
    const secret = await input.objects.secret(namespace, name);
    if (!secret && !optional) throw ContainerConfigError.missing('secret', name);
    const found = secret?.data?.[key];
    if (secret && found === undefined && !optional)
      throw ContainerConfigError.missingKey('Secret', namespace, name, key);
    return found === undefined ? undefined : decodeText(found);
  }
  return undefined;
}

function decodeText(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
