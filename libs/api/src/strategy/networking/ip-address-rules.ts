import { type FieldError, invalidTexts, required } from '../../errors/field-error.ts';
import type { IPAddress } from '../../generated/kinds.ts';
import type { ParentReference } from '../../generated/networking-v1.ts';
import { dnsSubdomainErrors, pathSegmentErrors } from '../../selectors/label-format.ts';
import { validateRequiredFormat } from '../field-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { canonicalIpErrors } from './canonical-ip-validation.ts';

/** The object is called after the address that it reserves. */
export const ipAddressRules: KindRules<IPAddress> = {
  nameErrors: canonicalIpErrors,
  validate: ({ spec }, old) => (old ? [] : validateParent(spec.parentRef, 'spec.parentRef')),
  validateUpdate: ({ spec }, old) => validateImmutable(spec.parentRef, old.spec.parentRef, 'spec.parentRef'),
};

function validateParent(parent: ParentReference | undefined, path: string): FieldError[] {
  if (!parent) return [required(path)];
  const { group, namespace } = parent;
  return [
    ...(group ? invalidTexts(`${path}.group`, group, dnsSubdomainErrors(group)) : []),
    ...validateRequiredFormat(parent.resource, pathSegmentErrors, `${path}.resource`),
    ...validateRequiredFormat(parent.name, pathSegmentErrors, `${path}.name`),
    ...(namespace ? invalidTexts(`${path}.namespace`, namespace, pathSegmentErrors(namespace)) : []),
  ];
}
