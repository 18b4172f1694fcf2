import { type FieldError, forbiddenField } from '../../errors/field-error.ts';
import type { PersistentVolumeClaimTemplate } from '../../generated/kinds.ts';
import { validateAnnotations, validateLabels } from '../object-meta/object-meta-validation.ts';
import { validateClaimSpec } from './claim-spec-validation.ts';

const templateMetadata: ReadonlySet<string> = new Set(['labels', 'annotations']);

/** A claim that is made together with its pod. */
export function validateClaimTemplate(template: PersistentVolumeClaimTemplate, path: string): FieldError[] {
  const { metadata = {} as NonNullable<PersistentVolumeClaimTemplate['metadata']>, spec } = template;
  const surplus = Object.entries(metadata).filter(([field, value]) => !templateMetadata.has(field) && isSet(value));
  return [
    ...validateAnnotations(metadata.annotations, `${path}.metadata.annotations`),
    ...validateLabels(metadata.labels, `${path}.metadata.labels`),
    ...surplus.map(([field]) => forbiddenField(`${path}.metadata.${field}`, 'cannot be set')),
    ...validateClaimSpec(spec ?? {}, `${path}.spec`),
  ];
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
