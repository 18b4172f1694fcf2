export { readSimplePath, withSimplePath } from './columns/simple-path.ts';
export { definedResources, storedResource } from './definition/defined-resources.ts';
export {
  type ConditionState,
  conditionIsTrue,
  conditionOf,
  withCondition,
} from './definition/definition-condition.ts';
export { cleanupFinalizer, definitionRules } from './definition/definition-rules.ts';
export { byAge, definitionStatus } from './definition/definition-status.ts';
export { byVersionPriority } from './kind/version-priority.ts';
