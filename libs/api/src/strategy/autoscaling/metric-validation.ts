import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { MetricIdentifier, MetricSpec, MetricTarget } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { dnsLabelErrors, pathSegmentErrors } from '../../selectors/label-format.ts';
import { validateContainerResourceName } from '../resource-amounts/resource-amounts-validation.ts';
import { validateObjectReference } from './object-reference-validation.ts';

const fieldOfType = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const;
type SourceField = (typeof fieldOfType)[keyof typeof fieldOfType];

const types = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const targetTypes = ['Utilization', 'Value', 'AverageValue'];

const validators: { readonly [F in SourceField]: (source: NonNullable<MetricSpec[F]>, path: string) => FieldError[] } =
  {
    object: ({ describedObject, metric, target }, path) => [
      ...validateObjectReference(describedObject, `${path}.describedObject`),
      ...validateIdentifier(metric, `${path}.metric`),
      ...validateTarget(target, `${path}.target`),
      ...(hasAmount(target)
        ? []
        : [required(`${path}.target.averageValue`, 'must set either a target value or averageValue')]),
    ],
    external: ({ metric, target }, path) => [
      ...validateIdentifier(metric, `${path}.metric`),
      ...validateTarget(target, `${path}.target`),
      ...(hasAmount(target)
        ? []
        : [required(`${path}.target.averageValue`, 'must set either a target value for metric or a per-pod target')]),
      ...(target?.value !== undefined && target.averageValue !== undefined
        ? [forbiddenField(`${path}.target.value`, 'may not set both a target value for metric and a per-pod target')]
        : []),
    ],
    pods: ({ metric, target }, path) => [
      ...validateIdentifier(metric, `${path}.metric`),
      ...validateTarget(target, `${path}.target`),
      ...(target?.averageValue === undefined
        ? [required(`${path}.target.averageValue`, 'must specify a positive target averageValue')]
        : []),
    ],
    resource: ({ name, target }, path) => [
      ...(name ? [] : [required(`${path}.name`, 'must specify a resource name')]),
      ...validateUtilization(target, `${path}.target`),
    ],
    containerResource: ({ name, container, target }, path) => [
      ...(name
        ? validateContainerResourceName(name, `${path}.name`)
        : [required(`${path}.name`, 'must specify a resource name')]),
      ...(container
        ? invalidTexts(`${path}.container`, container, dnsLabelErrors(container))
        : [required(`${path}.container`, 'must specify a container')]),
      ...validateUtilization(target, `${path}.target`),
    ],
  };

/** What an autoscaler measures: a source of its type, and no other. */
export function validateMetric(metric: MetricSpec, at: string): FieldError[] {
  const { type = '' } = metric;
  const findings: FieldError[] = [];
  if (type === '') findings.push(required(`${at}.type`, 'must specify a metric source type'));
  if (!types.includes(type)) findings.push(notSupported(`${at}.type`, type, types));
  const present = Object.values(fieldOfType).filter((field) => metric[field] !== undefined);
  const [first] = present;
  if (first) findings.push(...validateSource(metric, first, at));

  const expected = (fieldOfType as Readonly<Record<string, SourceField>>)[type];
  if (expected && metric[expected] === undefined) {
    findings.push(required(`${at}.${expected}`, 'must populate information for the given metric source'));
  }
  // Upstream says it twice: once for the list, once for the switch.
  if (!expected) findings.push(notSupported(`${at}.type`, type, types));
  if (present.length === 1) return findings;
  const others = present.filter((field) => field !== expected);
  return [
    ...findings,
    ...others.map((field) => forbiddenField(`${at}.${field}`, 'must populate the given metric source only')),
  ];
}

function validateSource<F extends SourceField>(metric: MetricSpec, field: F, at: string): FieldError[] {
  const source = metric[field];
  return source === undefined ? [] : validators[field](source, `${at}.${field}`);
}

function hasAmount(target: MetricTarget | undefined): boolean {
  return target?.value !== undefined || target?.averageValue !== undefined;
}

function validateUtilization(target: MetricTarget | undefined, path: string): FieldError[] {
  const findings = validateTarget(target, path);
  const { averageUtilization, averageValue } = target ?? {};
  if (averageUtilization === undefined && averageValue === undefined) {
    const text = 'must set either a target raw value or a target utilization';
    findings.push(required(`${path}.averageUtilization`, text));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const text = 'may not set both a target raw value and a target utilization';
    findings.push(forbiddenField(`${path}.averageValue`, text));
  }
  return findings;
}

function validateTarget(target: MetricTarget | undefined, path: string): FieldError[] {
  const { type = '', value, averageValue, averageUtilization } = target ?? {};
  const findings: FieldError[] = [];
  if (type === '') findings.push(required(`${path}.type`, 'must specify a metric target type'));
  if (!targetTypes.includes(type)) {
    findings.push(invalidValue(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  findings.push(...validatePositive(value, `${path}.value`), ...validatePositive(averageValue, `${path}.averageValue`));
  if (averageUtilization !== undefined && averageUtilization < 1) {
    findings.push(invalidValue(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  }
  return findings;
}

function validatePositive(amount: string | undefined, field: string): FieldError[] {
  const quantity = amount === undefined ? undefined : Quantity.tryParse(amount);
  if (quantity === undefined || quantity.sign() > 0) return [];
  return [invalidValue(field, amount, 'must be positive')];
}

function validateIdentifier(metric: MetricIdentifier | undefined, path: string): FieldError[] {
  const { name = '' } = metric ?? {};
  if (name === '') return [required(`${path}.name`, 'must specify a metric name')];
  return invalidTexts(`${path}.name`, name, pathSegmentErrors(name));
}
