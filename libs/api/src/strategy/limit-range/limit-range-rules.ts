import {
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  required,
} from '../../errors/field-error.ts';
import type { LimitRange, LimitRangeItem } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import {
  type Amounts,
  validateContainerResourceName,
  validateResourceName,
} from '../resource-amounts/resource-amounts-validation.ts';
import { isOvercommitAllowed } from '../resource-amounts/resource-names.ts';

const types: ReadonlySet<string> = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);
const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

type List = (typeof lists)[number];

export const limitRangeRules: KindRules<LimitRange> = {
  allowsCreateOnUpdate: true,
  validate: ({ spec }) => {
    const seen = new Set<string>();
    return (spec.limits ?? []).flatMap((item, i) => {
      const at = `spec.limits[${i}]`;
      const findings = validateType(item.type ?? '', `${at}.type`);
      if (seen.has(item.type)) findings.push(duplicateValue(`${at}.type`, item.type));
      seen.add(item.type);
      return [...findings, ...validateItem(item, at)];
    });
  },
};

function validateType(type: string, field: string): FieldError[] {
  const findings = invalidTexts(field, type, qualifiedNameErrors(type));
  if (findings.length > 0 || type.includes('/') || types.has(type)) return findings;
  return [invalidValue(field, type, 'must be a standard limit type or fully qualified')];
}

function validateItem(item: LimitRangeItem, path: string): FieldError[] {
  const isPod = item.type === 'Pod';
  const ofContainers = isPod || item.type === 'Container';
  const validateName = ofContainers ? validateContainerResourceName : validateResourceName;
  const names = new Set<string>();
  const findings: FieldError[] = [];
  for (const list of lists) {
    const amounts: Amounts = item[list] ?? {};
    if (isPod && (list === 'default' || list === 'defaultRequest')) {
      if (Object.keys(amounts).length === 0) continue;
      findings.push(forbiddenField(`${path}.${list}`, "may not be specified when `type` is 'Pod'"));
      continue;
    }
    for (const name of Object.keys(amounts)) {
      findings.push(...validateName(name, `${path}.${list}[${name}]`));
      names.add(name);
    }
  }
  if (item.type === 'PersistentVolumeClaim' && !item.min?.storage && !item.max?.storage) {
    const text = 'either minimum or maximum storage value is required, but neither was provided';
    findings.push(required(`${path}.limits`, text));
  }
  return [...findings, ...[...names].flatMap((name) => validateOrder(item, name, path))];
}

/** Of one resource: minimum, default request, default and maximum stand in this order. */
function validateOrder(item: LimitRangeItem, name: string, path: string): FieldError[] {
  const amount = (list: List) => {
    const skipped = item.type === 'Pod' && (list === 'default' || list === 'defaultRequest');
    return skipped ? undefined : Quantity.tryParse(item[list]?.[name] ?? '');
  };
  const [min, max] = [amount('min'), amount('max')];
  const [limit, request] = [amount('default'), amount('defaultRequest')];
  const findings: FieldError[] = [];
  const refuse = (list: List, value: Quantity, text: string) =>
    findings.push(invalidValue(`${path}.${list}[${name}]`, value.toString(), text));
  if (min && max && min.compare(max) > 0) refuse('min', min, `min value ${min} is greater than max value ${max}`);
  if (request && min && min.compare(request) > 0) {
    refuse('defaultRequest', request, `min value ${min} is greater than default request value ${request}`);
  }
  if (request && max && request.compare(max) > 0) {
    refuse('defaultRequest', request, `default request value ${request} is greater than max value ${max}`);
  }
  if (request && limit && request.compare(limit) > 0) {
    refuse('defaultRequest', request, `default request value ${request} is greater than default limit value ${limit}`);
  }
  if (limit && min && min.compare(limit) > 0) {
    refuse('default', min, `min value ${min} is greater than default value ${limit}`);
  }
  if (limit && max && limit.compare(max) > 0) {
    refuse('default', max, `default value ${limit} is greater than max value ${max}`);
  }
  validateRatio(amount('maxLimitRequestRatio'), min, max, (ratio, text) => refuse('maxLimitRequestRatio', ratio, text));
  if (!isOvercommitAllowed(name) && limit && request && !limit.equals(request)) {
    refuse(
      'defaultRequest',
      request,
      `default value ${limit} must equal to defaultRequest value ${request} in ${name}`,
    );
  }
  return findings;
}

function validateRatio(
  ratio: Quantity | undefined,
  min: Quantity | undefined,
  max: Quantity | undefined,
  refuse: (ratio: Quantity, text: string) => void,
): void {
  if (!ratio) return;
  if (ratio.compare(Quantity.of(1)) < 0) refuse(ratio, `ratio ${ratio} is less than 1`);
  if (!min || !max) return;
  const most = max.toFloat() / min.toFloat();
  if (ratio.toFloat() > most) refuse(ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`);
}
