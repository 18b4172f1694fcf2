import { type FieldError, invalidValue, required } from '../../errors/field-error.ts';
import type { ResourceRequirements } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';

const standardResources: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Requests and limits of a container. */
export function validateResources(resources: ResourceRequirements | undefined, path: string): FieldError[] {
  if (!resources) return [];
  const { limits = {}, requests = {} } = resources;
  const findings = [...validateAmounts(limits, `${path}.limits`), ...validateAmounts(requests, `${path}.requests`)];
  for (const [name, text] of Object.entries(requests)) findings.push(...validateAgainstLimit(name, text, limits, path));
  for (const name of Object.keys(limits)) {
    if (requests[name] === undefined && !allowsOvercommit(name)) {
      findings.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    }
  }
  return findings;
}

function validateAmounts(amounts: Readonly<Record<string, string>>, path: string): FieldError[] {
  return Object.entries(amounts).flatMap(([name, text]) => {
    const at = `${path}[${name}]`;
    const findings = validateResourceName(name, at);
    const amount = Quantity.tryParse(text);
    if (amount && amount.sign() < 0) findings.push(invalidValue(at, text, 'must be greater than or equal to 0'));
    if (amount && !amount.isWhole && !standardResources.has(name)) {
      findings.push(invalidValue(at, text, 'must be an integer'));
    }
    return findings;
  });
}

function validateResourceName(name: string, field: string): FieldError[] {
  const texts = qualifiedNameErrors(name);
  if (texts.length > 0) return texts.map((text) => invalidValue(field, name, text));
  if (name.includes('/') || standardResources.has(name) || name.startsWith('hugepages-')) return [];
  return [invalidValue(field, name, 'must be a standard resource for containers')];
}

function validateAgainstLimit(
  name: string,
  text: string,
  limits: Readonly<Record<string, string>>,
  path: string,
): FieldError[] {
  const limitText = limits[name];
  const request = Quantity.tryParse(text);
  const limit = limitText === undefined ? undefined : Quantity.tryParse(limitText);
  if (!request) return [];
  const field = `${path}.requests`;
  if (!limit) {
    return allowsOvercommit(name)
      ? []
      : [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')];
  }
  if (!allowsOvercommit(name) && !request.equals(limit)) {
    return [invalidValue(field, text, `must be equal to ${name} limit of ${limit}`)];
  }
  if (request.compare(limit) <= 0) return [];
  return [invalidValue(field, text, `must be less than or equal to ${name} limit of ${limit}`)];
}

/** Huge pages and devices are handed out whole. */
function allowsOvercommit(name: string): boolean {
  if (name.startsWith('hugepages-')) return false;
  return !name.includes('/') || name.startsWith('kubernetes.io/');
}
