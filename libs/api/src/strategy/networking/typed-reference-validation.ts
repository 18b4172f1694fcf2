import { type FieldError, invalidTexts, required } from '../../errors/field-error.ts';
import { dnsSubdomainErrors, pathSegmentErrors } from '../../selectors/label-format.ts';

/** What an object in the same namespace is named by. */
export function validateTypedReference(
  { apiGroup, kind = '', name = '' }: { readonly apiGroup?: string; readonly kind?: string; readonly name?: string },
  path: string,
): FieldError[] {
  return [
    ...(apiGroup === undefined ? [] : invalidTexts(`${path}.apiGroup`, apiGroup, dnsSubdomainErrors(apiGroup))),
    ...(kind === ''
      ? [required(`${path}.kind`, 'kind is required')]
      : invalidTexts(`${path}.kind`, kind, pathSegmentErrors(kind))),
    ...(name === ''
      ? [required(`${path}.name`, 'name is required')]
      : invalidTexts(`${path}.name`, name, pathSegmentErrors(name))),
  ];
}
