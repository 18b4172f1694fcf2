import {
  type CustomResourceColumnDefinition,
  type CustomResourceDefinitionVersion,
  type CustomResourceSubresourceScale,
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  type SelectableField,
  tooMany,
} from '@orrery/api';
import { validateRules } from '../rules/rule-validation.ts';
import { resolveFieldPath } from '../schema/resolve-field-path.ts';
import type { Schema } from '../schema/schema-node.ts';
import { validateStructural } from '../schema/structural-validation.ts';
import { validateDefaults } from './defaults-validation.ts';
import { validateSchema } from './schema-validation.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const selectableFieldsMax = 8;
const deprecationWarningLengthMax = 256;

/** What a schema may have at its root where the status is a subresource: its own schema must be all that is said of it. */
const rootFields: ReadonlyMap<string, string> = new Map(
  [
    'Description',
    'Type',
    'Format',
    'Title',
    'Maximum',
    'ExclusiveMaximum',
    'Minimum',
    'ExclusiveMinimum',
    'MaxLength',
    'MinLength',
    'Pattern',
    'MaxItems',
    'MinItems',
    'UniqueItems',
    'MultipleOf',
    'Required',
    'Items',
    'Properties',
    'ExternalDocs',
    'Example',
    'XPreserveUnknownFields',
    'XValidations',
  ].map((name) => [jsonName(name), name]),
);

function jsonName(goName: string): string {
  if (goName === 'XPreserveUnknownFields') return 'x-kubernetes-preserve-unknown-fields';
  if (goName === 'XValidations') return 'x-kubernetes-validations';
  return goName.charAt(0).toLowerCase() + goName.slice(1);
}

/** A schema that is right also says nothing at its root that the status would escape. */
export function validateVersionSchema(schema: Schema, hasStatus: boolean, path: string): FieldError[] {
  const at = `${path}.openAPIV3Schema`;
  const findings = hasStatus ? validateRoot(schema, at) : [];
  if (schema.nullable) findings.push(forbiddenField(`${at}.nullable`, 'nullable cannot be true at the root'));
  const structural = validateStructural(schema, at);
  if (structural.length > 0) findings.push(...structural);
  else findings.push(...validateDefaults(schema, at));
  findings.push(...validateSchema(schema, at));
  return findings.length > 0 ? findings : validateRules(schema, at);
}

function validateRoot(schema: Schema, path: string): FieldError[] {
  if (schema.type !== undefined && schema.type !== '' && schema.type !== 'object') {
    const detail =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalidValue(`${path}.type`, schema.type, detail)];
  }
  if (Object.keys(schema).every((name) => rootFields.has(name))) return [];
  const detail = `only [${[...rootFields.values()].join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [invalidValue(path, schema, detail)];
}

export function validateDeprecation(version: CustomResourceDefinitionVersion, path: string): FieldError[] {
  const { deprecated, deprecationWarning: warning } = version;
  if (warning === undefined) return [];
  return deprecationTexts(deprecated === true, warning).map((text) =>
    invalidValue(`${path}.deprecationWarning`, warning, text),
  );
}

function deprecationTexts(deprecated: boolean, warning: string): string[] {
  if (!deprecated) return ['can only be set for deprecated versions'];
  const texts: string[] = [];
  if (Buffer.byteLength(warning) > deprecationWarningLengthMax) texts.push('must be <= 256 characters long');
  if (warning === '') texts.push('must not be an empty string');
  const odd = /[^\P{C}]|[\p{Zl}\p{Zp}]|[^\P{Zs} ]/u.exec(warning);
  if (odd) {
    const at = Buffer.byteLength(warning.slice(0, odd.index));
    texts.push(`must only contain printable UTF-8 characters; non-printable character found at index ${at}`);
  }
  return texts;
}

export function validateScale(scale: CustomResourceSubresourceScale | undefined, path: string): FieldError[] {
  if (!scale) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return [
    ...validateReplicasPath(specReplicasPath, '.spec', `${path}.scale.specReplicasPath`),
    ...validateReplicasPath(statusReplicasPath, '.status', `${path}.scale.statusReplicasPath`),
    ...(labelSelectorPath
      ? validatePathUnder(labelSelectorPath, ['.status', '.spec'], `${path}.scale.labelSelectorPath`)
      : []),
  ];
}

function validateReplicasPath(jsonPath: string | undefined, root: string, path: string): FieldError[] {
  return jsonPath ? validatePathUnder(jsonPath, [root], path) : [required(path)];
}

function validatePathUnder(jsonPath: string, roots: readonly string[], path: string): FieldError[] {
  const errors = validateSimplePath(jsonPath, path);
  if (errors.length > 0 || roots.some((root) => jsonPath.startsWith(`${root}.`))) return errors;
  return [invalidValue(path, jsonPath, `should be a json path under ${[...roots].sort().reverse().join(' or ')}`)];
}

function validateSimplePath(jsonPath: string, path: string): FieldError[] {
  if (jsonPath.startsWith('.')) return [];
  return [invalidValue(path, jsonPath, 'must be a simple json path starting with .')];
}

export function validateColumn(column: CustomResourceColumnDefinition, path: string): FieldError[] {
  const { name, type, format, jsonPath } = column;
  const findings: FieldError[] = [];
  if (!name) findings.push(required(`${path}.name`));
  const typeText = `must be one of ${columnTypes.join(',')}`;
  if (!type) findings.push(required(`${path}.type`, typeText));
  else if (!columnTypes.includes(type)) findings.push(invalidValue(`${path}.type`, type, typeText));
  if (format && !columnFormats.includes(format)) {
    findings.push(invalidValue(`${path}.format`, format, `must be one of ${columnFormats.join(',')}`));
  }
  if (!jsonPath) findings.push(required(`${path}.JSONPath`));
  else findings.push(...validateSimplePath(jsonPath, `${path}.JSONPath`));
  return findings;
}

const selectableTypes: ReadonlySet<string | undefined> = new Set(['string', 'boolean', 'integer']);

export function validateSelectableFields(
  fields: readonly SelectableField[],
  schema: Schema | undefined,
  path: string,
): FieldError[] {
  if (!schema) {
    const detail = 'may only be set when `version.schema.openAPIV3Schema` is not included';
    return [invalidValue(path, '', detail)];
  }
  const seen = new Set<string>();
  const findings = fields.flatMap(({ jsonPath }, i) =>
    validateSelectableField(jsonPath, schema, `${path}[${i}].jsonPath`, seen),
  );
  if (seen.size > selectableFieldsMax) findings.push(tooMany(path, seen.size, selectableFieldsMax));
  return findings;
}

function validateSelectableField(jsonPath: string, schema: Schema, path: string, seen: Set<string>): FieldError[] {
  if (!jsonPath) return [required(path)];
  const resolved = resolveFieldPath(jsonPath, schema, false);
  if (typeof resolved === 'string') return [invalidValue(path, jsonPath, `is an invalid path: ${resolved}`)];
  const findings: FieldError[] = [];
  if (resolved.names[0] === 'metadata') {
    findings.push(invalidValue(path, jsonPath, 'must not point to fields in metadata'));
  }
  if (!selectableTypes.has(resolved.schema.type)) {
    const detail =
      'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
    findings.push(invalidValue(path, jsonPath, detail));
  }
  const key = resolved.names.join('.');
  if (seen.has(key)) findings.push(duplicateValue(path, jsonPath));
  seen.add(key);
  return findings;
}
