import {
  duplicateValue,
  type FieldError,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type {
  AuditAnnotation,
  MutatingAdmissionPolicySpec,
  Mutation,
  ValidatingAdmissionPolicySpec,
  Validation,
  Variable,
} from '../../generated/admissionregistration-v1.ts';
import type { MutatingAdmissionPolicy, ValidatingAdmissionPolicy } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';
import { validateChoice, validateGivenChoice } from '../choice-validation.ts';
import { validateConditions } from '../condition/condition-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateMatchConditions } from './match-condition-validation.ts';
import { validateMatchResources } from './match-resources-validation.ts';
import { validateParamKind } from './param-validation.ts';

type PolicySpec = ValidatingAdmissionPolicySpec | MutatingAdmissionPolicySpec;

const failurePolicies = ['Fail', 'Ignore'];
const reinvocationPolicies = ['IfNeeded', 'Never'];
const patchTypes = ['ApplyConfiguration', 'JSONPatch'];
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const auditAnnotationCountMax = 20;
const valueExpressionLengthMax = 5 * 1024;
const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const reservedWords = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** Whether expressions compile is judged where CEL is known. */
export const validatingAdmissionPolicyRules: KindRules<ValidatingAdmissionPolicy> = {
  countsGenerations: true,
  allowsUnconditionalUpdate: false,
  validate: ({ metadata, spec }, old) => [
    ...validatePolicy(spec, old?.spec),
    ...validateValidations(spec),
    ...validateAuditAnnotations(metadata.name, spec.auditAnnotations ?? []),
  ],
  validateStatusUpdate: ({ status }) => [
    ...(status.typeChecking?.expressionWarnings ?? []).flatMap(({ warning, fieldRef }, i) => {
      const at = `status.typeChecking.expressionWarnings[${i}]`;
      return [
        ...(warning ? [] : [required(`${at}.warning`)]),
        ...(fieldRef?.trim() ? [] : [required(`${at}.fieldRef`)]),
      ];
    }),
    ...validateConditions(status.conditions ?? [], 'status.conditions'),
  ],
};

export const mutatingAdmissionPolicyRules: KindRules<MutatingAdmissionPolicy> = {
  countsGenerations: true,
  allowsUnconditionalUpdate: false,
  validate: ({ spec }, old) => [
    ...validatePolicy(spec, old?.spec),
    ...validateMutations(spec.mutations ?? []),
    ...validateChoice(spec.reinvocationPolicy, reinvocationPolicies, 'spec.reinvocationPolicy'),
  ],
};

function validatePolicy(spec: PolicySpec, old: PolicySpec | undefined): FieldError[] {
  const sameConditions =
    old !== undefined &&
    deepEqual(spec.paramKind, old.paramKind) &&
    deepEqual(spec.matchConditions, old.matchConditions);
  return [
    ...validateChoice(spec.failurePolicy, failurePolicies, 'spec.failurePolicy'),
    ...(spec.paramKind ? validateParamKind(spec.paramKind, 'spec.paramKind') : []),
    ...validateConstraints(spec),
    ...(sameConditions ? [] : validateMatchConditions(spec.matchConditions ?? [], 'spec.matchConditions')),
    ...(spec.variables ?? []).flatMap((variable, i) => validateVariable(variable, `spec.variables[${i}]`)),
  ];
}

function validateConstraints({ matchConstraints }: PolicySpec): FieldError[] {
  const path = 'spec.matchConstraints';
  if (!matchConstraints) return [required(path)];
  const rules = matchConstraints.resourceRules ?? [];
  return [
    ...validateMatchResources(matchConstraints, path),
    ...(rules.length === 0 ? [required(`${path}.resourceRules`)] : []),
  ];
}

function validateVariable({ name = '', expression = '' }: Partial<Variable>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (name.trim() === '') findings.push(required(`${at}.name`, 'name is not specified'));
  else if (!identifier.test(name) || reservedWords.has(name)) {
    findings.push(invalidValue(`${at}.name`, name, 'name is not a valid CEL identifier'));
  }
  if (expression.trim() === '') findings.push(required(`${at}.expression`, 'expression is not specified'));
  return findings;
}

function validateValidations({ validations = [], auditAnnotations = [] }: ValidatingAdmissionPolicySpec): FieldError[] {
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const text = 'validations or auditAnnotations must contain at least one item';
    return [required('spec.validations', text), required('spec.auditAnnotations', text)];
  }
  return validations.flatMap((validation, i) => validateValidation(validation, `spec.validations[${i}]`));
}

function validateValidation(validation: Validation, at: string): FieldError[] {
  const { expression = '', message = '', messageExpression = '', reason } = validation;
  const findings: FieldError[] = [];
  if (expression.trim() === '') findings.push(required(`${at}.expression`, 'expression is not specified'));
  if (messageExpression !== '' && messageExpression.trim() === '') {
    findings.push(invalidValue(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  }
  if (message !== '' && message.trim() === '') {
    findings.push(invalidValue(`${at}.message`, message, 'message must be non-empty if specified'));
  } else if (/[\n\r]/.test(message.trim())) {
    findings.push(invalidValue(`${at}.message`, message, 'message must not contain line breaks'));
  }
  return [...findings, ...validateGivenChoice(reason, reasons, `${at}.reason`)];
}

function validateAuditAnnotations(policy: string, annotations: readonly AuditAnnotation[]): FieldError[] {
  const path = 'spec.auditAnnotations';
  const findings: FieldError[] = [];
  if (annotations.length > auditAnnotationCountMax) {
    const text = `must not have more than ${auditAnnotationCountMax} auditAnnotations`;
    findings.push(invalidValue(path, annotations, text));
  }
  for (const [i, { key = '', valueExpression = '' }] of annotations.entries()) {
    const at = `${path}[${i}]`;
    const name = `${policy}/${key}`;
    findings.push(
      ...(policy === ''
        ? [invalidValue(`${at}.key`, key, 'requires metadata.name be non-empty')]
        : invalidTexts(`${at}.key`, name, qualifiedNameErrors(name))),
    );
    if (valueExpression.trim() === '') {
      findings.push(required(`${at}.valueExpression`, 'valueExpression is not specified'));
    } else if (valueExpression.trim().length > valueExpressionLengthMax) {
      findings.push(required(`${at}.valueExpression`, `must not exceed ${valueExpressionLengthMax} bytes in length`));
    }
    if (annotations.findIndex((other) => other.key === key) < i) findings.push(duplicateValue(`${at}.key`, key));
  }
  return findings;
}

function validateMutations(mutations: readonly Mutation[]): FieldError[] {
  const path = 'spec.mutations';
  if (mutations.length === 0) return [required(path, 'mutations must contain at least one item')];
  return mutations.flatMap(({ patchType = '', applyConfiguration, jsonPatch }, i) => {
    const at = `${path}[${i}]`;
    const [field, source] =
      patchType === 'JSONPatch'
        ? (['jsonPatch', jsonPatch] as const)
        : (['applyConfiguration', applyConfiguration] as const);
    if (patchType === '') return [required(`${at}.patchType`)];
    if (!patchTypes.includes(patchType)) return [notSupported(`${at}.patchType`, patchType, patchTypes)];
    if (!source) return [required(`${at}.${field}`, `must be specified when patchType is ${patchType}`)];
    return source.expression?.trim() ? [] : [required(`${at}.${field}.expression`, 'expression is not specified')];
  });
}
