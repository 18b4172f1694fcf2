import { type FieldError, invalidTexts, invalidValue } from '../../errors/field-error.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';
import {
  isContainerResource,
  isExtendedResource,
  isIntegerResource,
  isNativeResource,
  isQuotaResource,
  isStandardResource,
} from './resource-names.ts';

/** Amounts by the name of their resource, as quantities' texts. */
export type Amounts = Readonly<Record<string, string>>;

/** An amount is never negative; what is counted in units has no fractions. */
export function validateAmount(name: string, text: string, field: string): FieldError[] {
  const amount = Quantity.tryParse(text);
  if (amount === undefined) return [];
  const findings = validateNonNegativeAmount(amount, field);
  if (isIntegerResource(name) && !amount.isWhole) findings.push(invalidValue(field, text, 'must be an integer'));
  return findings;
}

export function validateNonNegativeAmount(amount: Quantity, field: string): FieldError[] {
  return amount.sign() < 0 ? [invalidValue(field, amount.toString(), 'must be greater than or equal to 0')] : [];
}

export function validatePositiveAmount(text: string, field: string): FieldError[] {
  const amount = Quantity.tryParse(text);
  if (amount === undefined || amount.sign() > 0) return [];
  return [invalidValue(field, amount.toString(), 'must be greater than zero')];
}

/** Upstream's older text, for sizes of volumes. */
export function validateBasicAmount(text: string, field: string): FieldError[] {
  const amount = Quantity.tryParse(text);
  if (amount === undefined || amount.sign() >= 0) return [];
  return [invalidValue(field, amount.toNumber(), 'must be a valid resource quantity')];
}

export function validateResourceName(name: string, field: string): FieldError[] {
  const findings = invalidTexts(field, name, qualifiedNameErrors(name));
  if (findings.length > 0 || name.includes('/') || isStandardResource(name)) return findings;
  return [invalidValue(field, name, 'must be a standard resource type or fully qualified')];
}

export function validateContainerResourceName(name: string, field: string): FieldError[] {
  const findings = validateResourceName(name, field);
  if (!name.includes('/')) {
    if (!isContainerResource(name)) {
      findings.push(invalidValue(field, name, 'must be a standard resource for containers'));
    }
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    findings.push(invalidValue(field, name, "doesn't follow extended resource name standard"));
  }
  return findings;
}

export function validateQuotaResourceName(name: string, field: string): FieldError[] {
  const findings = validateResourceName(name, field);
  if (!name.includes('/') && !isQuotaResource(name)) {
    findings.push(invalidValue(field, name, 'must be a standard resource for quota'));
  }
  return findings;
}
