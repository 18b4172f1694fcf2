import { type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { EnvFromSource, EnvVar, EnvVarSource } from '../../generated/kinds.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { configKeyErrors } from '../config/config-key.ts';

const envNameText = "a valid environment variable name must consist only of printable ASCII characters other than '='";
const noSourceText =
  'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';

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

export function validateEnv(vars: readonly EnvVar[], path: string): FieldError[] {
  return vars.flatMap((variable, i) => {
    const at = `${path}[${i}]`;
    return [
      ...validateEnvName(variable.name, `${at}.name`),
      ...(variable.valueFrom ? validateSource(variable, variable.valueFrom, `${at}.valueFrom`) : []),
    ];
  });
}

export function validateEnvFrom(sources: readonly EnvFromSource[], path: string): FieldError[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const at = `${path}[${i}]`;
    const findings: FieldError[] = prefix ? validateEnvName(prefix, `${at}.prefix`) : [];
    if (configMapRef && secretRef) {
      findings.push(invalidValue(at, '', 'may not have more than one field specified at a time'));
    } else if (!configMapRef && !secretRef) {
      findings.push(invalidValue(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    }
    if (configMapRef) findings.push(...validateObjectName(configMapRef.name, `${at}.configMapRef.name`));
    if (secretRef) findings.push(...validateObjectName(secretRef.name, `${at}.secretRef.name`));
    return findings;
  });
}

function validateEnvName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  return /^[ -<>-~]+$/.test(name) ? [] : [invalidValue(field, name, envNameText)];
}

function validateSource(variable: EnvVar, source: EnvVarSource, path: string): FieldError[] {
  const chosen = Object.values(source).filter((value) => value !== undefined).length;
  const findings: FieldError[] = [];
  if (source.fieldRef) findings.push(...validateFieldPath(source.fieldRef.fieldPath, `${path}.fieldRef.fieldPath`));
  if (source.resourceFieldRef && !source.resourceFieldRef.resource) {
    findings.push(required(`${path}.resourceFieldRef.resource`));
  }
  for (const kind of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const ref = source[kind];
    if (!ref) continue;
    findings.push(...validateObjectName(ref.name, `${path}.${kind}.name`));
    if (!ref.key) findings.push(required(`${path}.${kind}.key`));
    else findings.push(...configKeyErrors(ref.key).map((text) => invalidValue(`${path}.${kind}.key`, ref.key, text)));
  }
  if (chosen === 0) findings.push(invalidValue(path, '', noSourceText));
  if (variable.value && chosen > 0) {
    findings.push(invalidValue(path, '', 'may not be specified when `value` is not empty'));
  } else if (chosen > 1) {
    findings.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
  }
  return findings;
}

function validateFieldPath(fieldPath: string | undefined, field: string): FieldError[] {
  if (!fieldPath) return [required(field)];
  if (/^metadata\.(labels|annotations)\['.+'\]$/.test(fieldPath)) return [];
  return envFieldPaths.includes(fieldPath) ? [] : [notSupported(field, fieldPath, envFieldPaths)];
}

function validateObjectName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  return dnsSubdomainErrors(name).map((text) => invalidValue(field, name, text));
}
