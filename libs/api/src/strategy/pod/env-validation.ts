import { type FieldError, invalidTexts, invalidValue, required, valueNotFound } from '../../errors/field-error.ts';
import type { EnvFromSource, EnvVar, EnvVarSource, Volume } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { configKeyErrors } from '../config/config-key.ts';
import { validateFieldRef, validateResourceFieldRef } from './downward-api-validation.ts';
import { validateDescendingPath } from './path-validation.ts';

const envNameText = "a valid environment variable name must consist only of printable ASCII characters other than '='";
const noSourceText =
  'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
const tooManySourcesText = 'may not have more than one field specified at a time';

const envFieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

type Volumes = ReadonlyMap<string, Volume>;

export function validateEnv(vars: readonly EnvVar[], volumes: Volumes, path: string): FieldError[] {
  return vars.flatMap((variable, i) => {
    const at = `${path}[${i}]`;
    return [
      ...validateEnvName(variable.name, `${at}.name`),
      ...(variable.valueFrom ? validateSource(variable, variable.valueFrom, volumes, `${at}.valueFrom`) : []),
    ];
  });
}

export function validateEnvFrom(sources: readonly EnvFromSource[], path: string): FieldError[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const at = `${path}[${i}]`;
    const findings: FieldError[] = prefix ? validateEnvName(prefix, `${at}.prefix`) : [];
    if (configMapRef) findings.push(...validateObjectName(configMapRef.name, `${at}.configMapRef.name`));
    if (secretRef) findings.push(...validateObjectName(secretRef.name, `${at}.secretRef.name`));
    if (!configMapRef && !secretRef) {
      findings.push(invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (configMapRef && secretRef) {
      findings.push(invalidValue(path, '', tooManySourcesText));
    }
    return findings;
  });
}

function validateEnvName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  return /^[ -<>-~]+$/.test(name) ? [] : [invalidValue(field, name, envNameText)];
}

function validateSource(variable: EnvVar, source: EnvVarSource, volumes: Volumes, path: string): FieldError[] {
  const chosen = Object.values(source).filter((value) => value !== undefined).length;
  const { fieldRef, resourceFieldRef, fileKeyRef } = source;
  const findings: FieldError[] = [];
  if (fieldRef) findings.push(...validateFieldRef(fieldRef, envFieldPaths, `${path}.fieldRef`));
  if (resourceFieldRef) findings.push(...validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`));
  for (const kind of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const ref = source[kind];
    if (!ref) continue;
    findings.push(...invalidTexts(`${path}.${kind}.name`, ref.name ?? '', dnsSubdomainErrors(ref.name ?? '')));
    if (!ref.key) findings.push(required(`${path}.${kind}.key`));
    else findings.push(...invalidTexts(`${path}.${kind}.key`, ref.key, configKeyErrors(ref.key)));
  }
  if (fileKeyRef) findings.push(...validateFileKeyRef(fileKeyRef, volumes, `${path}.fileKeyRef`));
  if (chosen === 0) findings.push(invalidValue(path, '', noSourceText));
  else if (variable.value) findings.push(invalidValue(path, '', 'may not be specified when `value` is not empty'));
  else if (chosen > 1) findings.push(invalidValue(path, '', tooManySourcesText));
  return findings;
}

/** A variable from a file that another container leaves in a volume of the pod. */
function validateFileKeyRef(
  { volumeName, path: file, key }: NonNullable<EnvVarSource['fileKeyRef']>,
  volumes: Volumes,
  path: string,
): FieldError[] {
  const findings: FieldError[] = [];
  const volume = volumes.get(volumeName);
  if (!volumeName) findings.push(required(`${path}.volumeName`));
  else if (dnsLabelErrors(volumeName).length > 0) {
    findings.push(...invalidTexts(`${path}.volumeName`, volumeName, dnsLabelErrors(volumeName)));
  } else if (!volume) findings.push(valueNotFound(`${path}.volumeName`, volumeName));
  else if (!volume.emptyDir) {
    findings.push(invalidValue(`${path}.volumeName`, volumeName, 'referenced volume must be of type emptyDir'));
  }
  findings.push(...(file ? validateDescendingPath(file, `${path}.path`) : [required(`${path}.path`)]));
  return [...findings, ...validateEnvName(key, `${path}.key`)];
}

function validateObjectName(name: string | undefined, field: string): FieldError[] {
  return name ? invalidTexts(field, name, dnsSubdomainErrors(name)) : [required(field)];
}
