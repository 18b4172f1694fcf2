import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { PersistentVolumeClaimSpec } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';
import { validatePositiveAmount } from '../resource-amounts/resource-amounts-validation.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const volumeModes = ['Block', 'Filesystem'];

type DataSource = NonNullable<PersistentVolumeClaimSpec['dataSource']>;
type DataSourceRef = NonNullable<PersistentVolumeClaimSpec['dataSourceRef']>;

/** What a claim asks for, in a claim of its own and in templates for claims. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): FieldError[] {
  const { accessModes: modes = [], dataSource, dataSourceRef } = spec;
  const storage = spec.resources?.requests?.storage;
  return [
    ...(modes.length > 0 ? [] : [required(`${path}.accessModes`, 'at least 1 access mode is required')]),
    ...validateLabelSelector(spec.selector, `${path}.selector`),
    ...validateAccessModes(modes, `${path}.accessModes`),
    ...(storage === undefined
      ? [required(`${path}.resources[storage]`)]
      : validatePositiveAmount(storage, `${path}.resources[storage]`)),
    ...validateClassName(spec.storageClassName, `${path}.storageClassName`),
    ...validateGivenChoice(spec.volumeMode, volumeModes, `${path}.volumeMode`),
    ...(dataSource ? validateDataSource(dataSource, `${path}.dataSource`) : []),
    ...(dataSourceRef ? validateDataSourceRef(dataSourceRef, `${path}.dataSourceRef`) : []),
    ...validateSameSource(dataSource, dataSourceRef, path),
    ...validateClassName(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`),
  ];
}

export function validateAccessModes(modes: readonly string[], field: string): FieldError[] {
  const findings = modes
    .filter((mode) => !accessModes.includes(mode))
    .map((mode) => notSupported(field, mode, accessModes));
  const others = modes.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode));
  if (modes.includes('ReadWriteOncePod') && others) {
    findings.push(forbiddenField(field, 'may not use ReadWriteOncePod with other access modes'));
  }
  return findings;
}

/** Empty and absent names mean something of their own. */
export function validateClassName(name: string | undefined, field: string): FieldError[] {
  return name ? invalidTexts(field, name, dnsSubdomainErrors(name)) : [];
}

function validateDataSource({ name, kind, apiGroup = '' }: DataSource | DataSourceRef, path: string): FieldError[] {
  const findings = name ? [] : [required(`${path}.name`)];
  if (!kind) findings.push(required(`${path}.kind`));
  if (apiGroup === '' && kind !== 'PersistentVolumeClaim') {
    const text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    findings.push(invalidValue(path, kind ?? '', text));
  }
  return [...findings, ...validateClassName(apiGroup, `${path}.apiGroup`)];
}

function validateDataSourceRef(source: DataSourceRef, path: string): FieldError[] {
  const { namespace } = source;
  const findings = validateDataSource(source, path);
  return namespace
    ? [...findings, ...invalidTexts(`${path}.namespace`, namespace, dnsLabelErrors(namespace))]
    : findings;
}

/** The old field and the new one say the same, where both can say it. */
function validateSameSource(
  source: DataSource | undefined,
  ref: DataSourceRef | undefined,
  path: string,
): FieldError[] {
  if (!source || !ref) return [];
  // Upstream's "value" here is the path of the field.
  const refuse = (text: string) => [invalidValue(path, {}, text)];
  if (ref.namespace) return refuse('may not be specified when dataSourceRef.namespace is specified');
  const same = source.apiGroup === ref.apiGroup && source.kind === ref.kind && source.name === ref.name;
  return same ? [] : refuse('must match dataSourceRef');
}
