import { type FieldError, invalidValue } from '../../errors/field-error.ts';
import type { SelfSubjectAccessReviewSpec, SubjectAccessReviewSpec } from '../../generated/authorization-v1.ts';
import type { ApiObject } from '../../resource/resource-type.ts';

/** A question whether somebody may do something. It is never stored, so it has no name. */
export interface AccessReview extends ApiObject {
  readonly kind: 'SelfSubjectAccessReview' | 'SubjectAccessReview' | 'LocalSubjectAccessReview';
  readonly spec?: SubjectAccessReviewSpec;
}

/** By upstream's rules for each of the three kinds. A local review carries the namespace of its request. */
export function validateAccessReview({ kind, metadata, spec = {} }: AccessReview): FieldError[] {
  const isLocal = kind === 'LocalSubjectAccessReview';
  return [
    ...validateAttributes(spec),
    ...(kind === 'SelfSubjectAccessReview' ? [] : validateSubject(spec)),
    ...validateEmpty(metadata, isLocal),
    ...(isLocal ? validateLocal(spec, metadata.namespace ?? '') : []),
  ];
}

function validateAttributes({ resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) {
    const detail = 'cannot be specified in combination with resourceAttributes';
    return [invalidValue('spec.nonResourceAttributes', nonResourceAttributes, detail)];
  }
  if (resourceAttributes || nonResourceAttributes) return [];
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalidValue('spec.resourceAttributes', null, detail)];
}

function validateSubject({ user = '', groups = [] }: SubjectAccessReviewSpec): FieldError[] {
  if (user !== '' || groups.length > 0) return [];
  return [invalidValue('spec.user', user, 'at least one of user or group must be specified')];
}

function validateEmpty(metadata: ApiObject['metadata'], isLocal: boolean): FieldError[] {
  const { managedFields, namespace, ...rest } = metadata;
  const told = Object.values(isLocal ? rest : { ...rest, namespace });
  if (told.every((value) => value === undefined || value === null || value === '')) return [];
  return [invalidValue('metadata', metadata, isLocal ? 'must be empty except for namespace' : 'must be empty')];
}

function validateLocal(spec: SubjectAccessReviewSpec, namespace: string): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const findings: FieldError[] = [];
  const asked = resourceAttributes?.namespace ?? '';
  if (resourceAttributes && asked !== namespace) {
    findings.push(invalidValue('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace'));
  }
  if (nonResourceAttributes) {
    const detail = 'disallowed on this kind of request';
    findings.push(invalidValue('spec.nonResourceAttributes', nonResourceAttributes, detail));
  }
  return findings;
}
