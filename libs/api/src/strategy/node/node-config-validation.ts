import { type FieldError, forbiddenField, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { ConfigMapNodeConfigSource, Node, NodeConfigSource } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { configKeyErrors } from '../config/config-key.ts';

type Place = 'spec' | 'status';

/** Where a kubelet had its configuration from, in the times of dynamic configuration. Still checked, but of no effect. */
export function validateConfigSource(source: NodeConfigSource, place: Place, path: string): FieldError[] {
  const { configMap } = source;
  if (!configMap) return [invalidValue(path, source, 'exactly one reference subfield must be non-nil')];
  return [
    ...validateIdentity(configMap, place, `${path}.configMap`),
    ...validateField(configMap, 'namespace', dnsLabelErrors, `${path}.configMap`),
    ...validateField(configMap, 'name', dnsSubdomainErrors, `${path}.configMap`),
    ...validateField(configMap, 'kubeletConfigKey', configKeyErrors, `${path}.configMap`),
  ];
}

export function validateConfigStatus(status: NonNullable<Node['status']['config']>, path: string): FieldError[] {
  return (['assigned', 'active', 'lastKnownGood'] as const).flatMap((field) => {
    const source = status[field];
    return source ? validateConfigSource(source, 'status', `${path}.${field}`) : [];
  });
}

/** The spec names an object, the status one state of it. */
function validateIdentity(configMap: ConfigMapNodeConfigSource, place: Place, path: string): FieldError[] {
  return (['uid', 'resourceVersion'] as const).flatMap((field) => {
    const isSet = Boolean(configMap[field]);
    if (place === 'spec') return isSet ? [forbiddenField(`${path}.${field}`, `${field} must not be set in spec`)] : [];
    return isSet ? [] : [required(`${path}.${field}`, `${field} must be set in status`)];
  });
}

function validateField(
  configMap: ConfigMapNodeConfigSource,
  field: 'namespace' | 'name' | 'kubeletConfigKey',
  errors: (value: string) => string[],
  path: string,
): FieldError[] {
  const value = configMap[field];
  if (!value) return [required(`${path}.${field}`, `${field} must be set`)];
  return invalidTexts(`${path}.${field}`, value, errors(value));
}
