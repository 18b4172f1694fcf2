import { type FieldError, invalidValue, required, tooLong } from '../../errors/field-error.ts';
import type { Secret } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { configKeyErrors } from './config-key.ts';
import { configSizeMaxBytes, validateFrozen } from './config-map-rules.ts';

/** Keys that a secret of a well-known type must have. */
const keysOfType: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
const serviceAccountAnnotation = 'kubernetes.io/service-account.name';

export const secretRules: KindRules<Secret> = {
  validate: (secret) => {
    const { data = {} } = secret;
    const findings: FieldError[] = [];
    let sizeBytes = 0;
    for (const [key, value] of Object.entries(data)) {
      findings.push(...configKeyErrors(key).map((text) => invalidValue(`data[${key}]`, key, text)));
      sizeBytes += Buffer.byteLength(value, 'base64');
    }
    if (sizeBytes > configSizeMaxBytes) findings.push(tooLong('data', configSizeMaxBytes));
    return [...findings, ...validateType(secret)];
  },
  validateUpdate: (secret, old) => [
    ...validateImmutable(secret.type, old.type, 'type'),
    ...validateFrozen(secret, old, ['data']),
  ],
};

function validateType({ type = '', data = {}, metadata }: Secret): FieldError[] {
  if (type === 'kubernetes.io/service-account-token') {
    const name = metadata.annotations?.[serviceAccountAnnotation];
    return name ? [] : [required(`metadata.annotations[${serviceAccountAnnotation}]`)];
  }
  if (type === 'kubernetes.io/basic-auth') {
    if ('username' in data || 'password' in data) return [];
    return [required('data[username]'), required('data[password]')];
  }
  return (keysOfType[type] ?? []).filter((key) => !(key in data)).map((key) => required(`data[${key}]`));
}
