import {
  type CustomResourceDefinitionSpec,
  type CustomResourceDefinitionVersion,
  deepEqual,
  dns1035LabelErrors,
  dnsSubdomainErrors,
  type FieldError,
  invalidValue,
  notSupported,
  required,
} from '@orrery/api';
import { validateConversion } from './conversion-validation.ts';
import { validateWantedNames } from './names-validation.ts';
import {
  validateColumn,
  validateDeprecation,
  validateScale,
  validateSelectableFields,
  validateVersionSchema,
} from './version-validation.ts';

/** A definition's spec, with the findings where upstream reports them. */
export function validateSpec(spec: CustomResourceDefinitionSpec, path: string): FieldError[] {
  const { versions = [] } = spec;
  const versionsPath = `${path}.versions`;
  const names = versions.map(({ name }) => name);
  return [
    ...validateGroup(spec.group, `${path}.group`),
    ...validateScope(spec.scope, `${path}.scope`),
    ...versions.flatMap(({ schema }, i) =>
      schema?.openAPIV3Schema ? [] : [required(`${versionsPath}[${i}].schema.openAPIV3Schema`)],
    ),
    ...versions.flatMap((version, i) => validateVersion(version, `${versionsPath}[${i}]`)),
    ...new SharedParts(spec).validatePerVersion(versionsPath),
    ...(new Set(names).size < names.length
      ? [invalidValue(versionsPath, versions, 'must contain unique version names')]
      : []),
    ...(versions.filter(({ storage }) => storage).length === 1
      ? []
      : [invalidValue(versionsPath, versions, 'must have exactly one version marked as storage version')]),
    ...validateWantedNames(spec.names, `${path}.names`),
    ...new SharedParts(spec).validateShared(path),
    ...validateConversion(spec.conversion, `${path}.conversion`),
  ];
}

function validateGroup(group: string | undefined, path: string): FieldError[] {
  if (!group) return [required(path)];
  const texts = dnsSubdomainErrors(group);
  if (texts.length > 0) return [invalidValue(path, group, texts.join(','))];
  return group.includes('.') ? [] : [invalidValue(path, group, 'should be a domain with at least one dot')];
}

function validateScope(scope: string | undefined, path: string): FieldError[] {
  if (!scope) return [required(path)];
  const scopes = ['Cluster', 'Namespaced'];
  return scopes.includes(scope) ? [] : [notSupported(path, scope, scopes)];
}

function validateVersion(version: CustomResourceDefinitionVersion, path: string): FieldError[] {
  const texts = dns1035LabelErrors(version.name ?? '');
  return [
    ...(texts.length > 0 ? [invalidValue(`${path}.name`, version.name ?? '', texts.join(','))] : []),
    ...validateDeprecation(version, path),
  ];
}

type PartName = 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields';

/**
 * What all versions have in common upstream takes for a part of the whole definition, and reports there: findings about the schema of a
 * definition with one version are under `spec.validation`.
 */
class SharedParts {
  constructor(private readonly spec: CustomResourceDefinitionSpec) {}

  validatePerVersion(path: string): FieldError[] {
    return (this.spec.versions ?? []).flatMap((version, i) => [
      ...(this.isShared('schema') ? [] : validateSchemaOf(version, `${path}[${i}].schema`)),
      ...(this.isShared('subresources') ? [] : validateScaleOf(version, `${path}[${i}].subresources`)),
      ...(this.isShared('additionalPrinterColumns')
        ? []
        : validateColumnsOf(version, `${path}[${i}].additionalPrinterColumns`)),
      ...(this.isShared('selectableFields') ? [] : validateFieldsOf(version, `${path}[${i}].selectableFields`)),
    ]);
  }

  validateShared(path: string): FieldError[] {
    const [first] = this.spec.versions ?? [];
    if (!first) return [];
    return [
      ...(this.isShared('schema') ? validateSchemaOf(this.withAnyStatus(first), `${path}.validation`) : []),
      ...(this.isShared('subresources') ? validateScaleOf(first, `${path}.subresources`) : []),
      ...(this.isShared('additionalPrinterColumns')
        ? validateColumnsOf(first, `${path}.additionalPrinterColumns`)
        : []),
      ...(this.isShared('selectableFields') ? validateFieldsOf(first, `${path}.selectableFields`) : []),
    ];
  }

  private isShared(part: PartName): boolean {
    const [first, ...others] = this.spec.versions ?? [];
    return first !== undefined && others.every((other) => deepEqual(other[part], first[part]));
  }

  private withAnyStatus(first: CustomResourceDefinitionVersion): CustomResourceDefinitionVersion {
    const withStatus = this.spec.versions.find(hasStatus);
    return withStatus ? { ...first, subresources: { ...first.subresources, status: {} } } : first;
  }
}

function hasStatus({ subresources }: CustomResourceDefinitionVersion): boolean {
  return subresources?.status !== undefined;
}

function validateSchemaOf(version: CustomResourceDefinitionVersion, path: string): FieldError[] {
  const schema = version.schema?.openAPIV3Schema;
  return schema ? validateVersionSchema(schema, hasStatus(version), path) : [];
}

function validateScaleOf({ subresources }: CustomResourceDefinitionVersion, path: string): FieldError[] {
  return validateScale(subresources?.scale, path);
}

function validateColumnsOf(
  { additionalPrinterColumns = [] }: CustomResourceDefinitionVersion,
  path: string,
): FieldError[] {
  return additionalPrinterColumns.flatMap((column, i) => validateColumn(column, `${path}[${i}]`));
}

function validateFieldsOf(
  { selectableFields = [], schema }: CustomResourceDefinitionVersion,
  path: string,
): FieldError[] {
  if (selectableFields.length === 0) return [];
  return validateSelectableFields(selectableFields, schema?.openAPIV3Schema, path);
}
