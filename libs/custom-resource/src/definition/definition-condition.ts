import { type CustomResourceDefinition, type CustomResourceDefinitionCondition, deepEqual } from '@orrery/api';

export type ConditionType =
  | 'Established'
  | 'NamesAccepted'
  | 'NonStructuralSchema'
  | 'Terminating'
  | 'KubernetesAPIApprovalPolicyConformant';

/** A condition without its time. */
export interface ConditionState {
  readonly type: ConditionType;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

export function conditionOf(
  { status }: CustomResourceDefinition,
  type: ConditionType,
): CustomResourceDefinitionCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export function conditionIsTrue(definition: CustomResourceDefinition, type: ConditionType): boolean {
  return conditionOf(definition, type)?.status === 'True';
}

/** The conditions with one set; its time moves only when its status does. The same array where nothing changes. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  state: ConditionState,
  now: string,
): readonly CustomResourceDefinitionCondition[] {
  const old = conditions.find(({ type }) => type === state.type);
  const lastTransitionTime = old?.status === state.status ? (old.lastTransitionTime ?? now) : now;
  const next = { ...old, ...state, lastTransitionTime };
  if (old && deepEqual(old, next)) return conditions;
  return old ? conditions.map((other) => (other === old ? next : other)) : [...conditions, next];
}

export function withoutCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  type: ConditionType,
): readonly CustomResourceDefinitionCondition[] {
  return conditions.some((condition) => condition.type === type)
    ? conditions.filter((condition) => condition.type !== type)
    : conditions;
}
