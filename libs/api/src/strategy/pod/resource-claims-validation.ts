import { duplicateValue, type FieldError, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { PodSpec } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';

/** The resource claims of a pod: each an object that exists, or one that is made from a template. */
export function validateResourceClaims(claims: NonNullable<PodSpec['resourceClaims']>, path: string): FieldError[] {
  const names = new Set<string>();
  return claims.flatMap((claim, i) => {
    const at = `${path}[${i}]`;
    const { name, resourceClaimName: object, resourceClaimTemplateName: template } = claim;
    const findings: FieldError[] = [];
    if (!name) findings.push(required(`${at}.name`));
    else if (names.has(name)) findings.push(duplicateValue(`${at}.name`, name));
    else findings.push(...invalidTexts(`${at}.name`, name, dnsLabelErrors(name)));
    names.add(name);
    if (object !== undefined && template !== undefined) {
      const text = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      findings.push(invalidValue(at, claim, text));
    }
    if (object === undefined && template === undefined) {
      const text = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
      findings.push(invalidValue(at, claim, text));
    }
    for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const value = claim[field];
      if (value !== undefined) findings.push(...invalidTexts(`${at}.${field}`, value, dnsSubdomainErrors(value)));
    }
    return findings;
  });
}
