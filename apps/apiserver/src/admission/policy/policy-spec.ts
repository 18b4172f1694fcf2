import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '@orrery/api';

type Spec = ValidatingAdmissionPolicy['spec'];

/** Parts that policies of both sorts, and webhooks, have in common. */
export type MatchCondition = NonNullable<Spec['matchConditions']>[number];
export type MatchResources = NonNullable<Spec['matchConstraints']>;
export type ParamKind = NonNullable<Spec['paramKind']>;
export type ParamRef = NonNullable<ValidatingAdmissionPolicyBinding['spec']['paramRef']>;
export type Variable = NonNullable<Spec['variables']>[number];
export type Validation = NonNullable<Spec['validations']>[number];
export type AuditAnnotation = NonNullable<Spec['auditAnnotations']>[number];
