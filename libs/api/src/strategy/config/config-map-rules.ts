import { type FieldError, forbiddenField, invalidValue, tooLong } from '../../errors/field-error.ts';
import type { ConfigMap } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import type { KindRules } from '../kind-rules.ts';
import { configKeyErrors } from './config-key.ts';

/** All values of a ConfigMap or Secret together. */
export const configSizeMaxBytes = 1024 * 1024;

const frozenText = 'field is immutable when `immutable` is set';

export const configMapRules: KindRules<ConfigMap> = {
  validate: ({ data = {}, binaryData = {} }) => {
    const findings: FieldError[] = [];
    let sizeBytes = 0;
    for (const [key, value] of Object.entries(data)) {
      findings.push(...configKeyErrors(key).map((text) => invalidValue(`data[${key}]`, key, text)));
      if (key in binaryData) {
        findings.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
      }
      sizeBytes += Buffer.byteLength(value);
    }
    for (const [key, value] of Object.entries(binaryData)) {
      findings.push(...configKeyErrors(key).map((text) => invalidValue(`binaryData[${key}]`, key, text)));
      sizeBytes += Buffer.byteLength(value, 'base64');
    }
    if (sizeBytes > configSizeMaxBytes) findings.push(tooLong('[]', configSizeMaxBytes));
    return findings;
  },
  validateUpdate: (configMap, old) => validateFrozen(configMap, old, ['data', 'binaryData']),
};

interface MayBeFrozen {
  immutable?: boolean;
  data?: unknown;
  binaryData?: unknown;
}

/** Once `immutable` is set, neither it nor the data changes any more. */
export function validateFrozen(
  object: MayBeFrozen,
  old: MayBeFrozen,
  fields: readonly ('data' | 'binaryData')[],
): FieldError[] {
  if (!old.immutable) return [];
  const findings = object.immutable ? [] : [forbiddenField('immutable', frozenText)];
  for (const field of fields) {
    if (!deepEqual(object[field], old[field])) findings.push(forbiddenField(field, frozenText));
  }
  return findings;
}
