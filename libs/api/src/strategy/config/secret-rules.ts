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
const privateKey = 'ssh-privatekey';
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
  return (keysOfType[type] ?? []).flatMap((key) => {
    const isMissing = !(key in data) || (key === privateKey && data[key] === '');
    if (isMissing) return [required(`data[${key}]`)];
    return key.startsWith('.docker') ? validateJson(data[key] ?? '', `data[${key}]`) : [];
  });
}

/** The credentials of registries; what stands there is not repeated. */
function validateJson(base64: string, field: string): FieldError[] {
  const problem = jsonObjectProblem(Buffer.from(base64, 'base64').toString('utf8'));
  return problem === undefined ? [] : [invalidValue(field, '<secret contents redacted>', problem)];
}

/** In the words of Go's decoder, as far as they do not depend on the place of the mistake. */
function jsonObjectProblem(text: string): string | undefined {
  if (text.trim() === '') return 'unexpected end of JSON input';
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
    const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
  } catch (error) {
    if (error instanceof SyntaxError) return goSyntaxText(text, error);
    throw error;
  }
}

function goSyntaxText(text: string, error: SyntaxError): string {
  const position = /position (\d+)/.exec(error.message)?.[1];
  const character = position === undefined ? undefined : text[Number(position)];
  if (character === undefined) return 'unexpected end of JSON input';
  const place = position === '0' ? 'looking for beginning of value' : 'in JSON input';
  return `invalid character '${character}' ${place}`;
}
