import {
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  required,
  valueNotFound,
} from '../../errors/field-error.ts';
import type { ResourceRequirements } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { dnsLabelErrors } from '../../selectors/label-format.ts';
import {
  type Amounts,
  validateAmount,
  validateContainerResourceName,
} from '../resource-amounts/resource-amounts-validation.ts';
import { isHugePages, isMultipleOfPageSize, isOvercommitAllowed } from '../resource-amounts/resource-names.ts';

type ValidateName = (name: string, field: string) => FieldError[];
type ResourceClaim = NonNullable<ResourceRequirements['claims']>[number];

/** Requests and limits, of a container or (with `validateName`) of a pod. `claimNames` are those of the pod. */
export function validateResources(
  resources: ResourceRequirements | undefined,
  claimNames: ReadonlySet<string>,
  path: string,
  validateName: ValidateName = validateContainerResourceName,
): FieldError[] {
  if (!resources) return [];
  const { limits = {}, requests = {}, claims = [] } = resources;
  const findings = validateAmounts(limits, `${path}.limits`, validateName);
  for (const [name, text] of Object.entries(requests)) {
    findings.push(...validateAmounts({ [name]: text }, `${path}.requests`, validateName));
    findings.push(...validateAgainstLimit(name, text, limits, path));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    findings.push(forbiddenField(path, 'HugePages require cpu or memory'));
  }
  return [...findings, ...validateClaims(claims, claimNames, `${path}.claims`)];
}

function validateAmounts(amounts: Amounts, path: string, validateName: ValidateName): FieldError[] {
  return Object.entries(amounts).flatMap(([name, text]) => {
    const at = `${path}[${name}]`;
    const findings = [...validateName(name, at), ...validateAmount(name, text, at)];
    const amount = Quantity.tryParse(text);
    if (amount && isHugePages(name) && !isMultipleOfPageSize(name, amount)) {
      findings.push(invalidValue(at, amount.toString(), `${amount} is not positive integer multiple of ${name}`));
    }
    return findings;
  });
}

function validateAgainstLimit(name: string, text: string, limits: Amounts, path: string): FieldError[] {
  const request = Quantity.tryParse(text);
  const limit = Quantity.tryParse(limits[name] ?? '');
  if (!request) return [];
  const refuse = (detail: string) => [invalidValue(`${path}.requests`, request.toString(), detail)];
  if (isOvercommitAllowed(name)) {
    if (!limit || request.compare(limit) <= 0) return [];
    return refuse(`must be less than or equal to ${name} limit of ${limit}`);
  }
  if (!limit) return [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')];
  return request.equals(limit) ? [] : refuse(`must be equal to ${name} limit of ${limit}`);
}

/** Each claim, or each request of one, is named once, and is one of the pod's. */
function validateClaims(claims: readonly ResourceClaim[], claimNames: ReadonlySet<string>, path: string): FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap(({ name, request }, i) => {
    const at = `${path}[${i}]`;
    if (!name) return [required(at)];
    const findings = request ? invalidTexts(`${at}.request`, request, dnsLabelErrors(request)) : [];
    const key = request ? `${name}/${request}` : name;
    const overlaps = !request && [...seen].some((other) => other.startsWith(`${name}/`));
    if (seen.has(name)) findings.push(duplicateValue(at, name));
    else if (seen.has(key) || overlaps) findings.push(duplicateValue(at, key));
    else seen.add(key);
    if (!claimNames.has(name)) findings.push(valueNotFound(at, name, missingClaimText(claimNames)));
    return findings;
  });
}

function missingClaimText(claimNames: ReadonlySet<string>): string {
  const text = 'must be one of the names in pod.spec.resourceClaims';
  return claimNames.size === 0 ? `${text} which is empty` : `${text}: ${[...claimNames].sort().join(', ')}`;
}
