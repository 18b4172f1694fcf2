import { type FieldError, invalidTexts, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { EnvVarSource } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';

type FieldRef = NonNullable<EnvVarSource['fieldRef']>;
type ResourceFieldRef = NonNullable<EnvVarSource['resourceFieldRef']>;

/** Fields of a pod that the downward API knows at all, wherever they may be used. */
const podFields: ReadonlySet<string> = new Set([
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.serviceAccountName',
  'spec.schedulerName',
  'status.phase',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]);

const resourceFields = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const hugePages = /^(limits|requests)\.hugepages-/;
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** A field of the pod itself, or one label or annotation: `metadata.labels['app']`. `supported` as upstream lists it. */
export function validateFieldRef(
  { apiVersion, fieldPath }: FieldRef,
  supported: readonly string[],
  path: string,
): FieldError[] {
  if (!apiVersion) return [required(`${path}.apiVersion`)];
  if (!fieldPath) return [required(`${path}.fieldPath`)];
  const field = `${path}.fieldPath`;
  const [, base = fieldPath, key] = /^(.*)\['(.*)'\]$/.exec(fieldPath) ?? [];
  const problem = conversionProblem(apiVersion, base, fieldPath);
  if (problem !== undefined) return [invalidValue(field, fieldPath, `error converting fieldPath: ${problem}`)];
  if (key === undefined) return supported.includes(base) ? [] : [notSupported(field, base, supported)];
  if (base === 'metadata.annotations')
    return invalidTexts(path, key.toLowerCase(), qualifiedNameErrors(key.toLowerCase()));
  return invalidTexts(path, key, qualifiedNameErrors(key));
}

function conversionProblem(apiVersion: string, base: string, fieldPath: string): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`;
  if (base === fieldPath) return podFields.has(base) ? undefined : `field label not supported: ${fieldPath}`;
  if (base === 'metadata.annotations' || base === 'metadata.labels') return undefined;
  return `field label does not support subscript: ${fieldPath}`;
}

/** A request or limit of a container. A volume has to say of which one. */
export function validateResourceFieldRef(
  { containerName, resource, divisor }: ResourceFieldRef,
  path: string,
  inVolume = false,
): FieldError[] {
  const findings: FieldError[] = [];
  if (inVolume && !containerName) findings.push(required(`${path}.containerName`));
  else if (!resource) findings.push(required(`${path}.resource`));
  else if (!resourceFields.includes(resource) && !hugePages.test(resource)) {
    findings.push(notSupported(`${path}.resource`, resource, resourceFields));
  }
  return [...findings, ...validateDivisor(resource ?? '', divisor, `${path}.divisor`)];
}

function validateDivisor(resource: string, divisor: string | undefined, field: string): FieldError[] {
  const amount = Quantity.tryParse(divisor ?? '');
  if (amount === undefined || amount.isZero) return [];
  const text = amount.toString();
  const refuse = (values: string, noun: string) => [
    invalidValue(field, resource, `only divisor's values ${values} are supported with the ${noun} resource`),
  ];
  if (resource.endsWith('.cpu')) return ['1m', '1'].includes(text) ? [] : refuse('1m and 1', 'cpu');
  if (byteDivisors.includes(text)) return [];
  const bytes = byteDivisors.join(', ');
  if (resource.endsWith('.memory')) return refuse(bytes, 'memory');
  if (resource.endsWith('.ephemeral-storage')) return refuse(bytes, 'local ephemeral storage');
  return hugePages.test(resource) ? refuse(bytes, 'hugepages') : [];
}
