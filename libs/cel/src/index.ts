export type { CompiledExpression } from './compiled-expression.ts';
export { CostBudget } from './cost/cost-budget.ts';
export type { CostEstimate } from './cost/cost-estimate.ts';
export { CelEnvironment, CelResultTypeError, type CompileOptions } from './environment.ts';
export type { Activation } from './evaluator/evaluator.ts';
export {
  type AskAuthorizer,
  type AuthorizationAnswer,
  type AuthorizationQuestion,
  AuthorizerValue,
  authorizerType,
  type ResourceQuestion,
  resourceCheckType,
} from './library/authorizer-functions.ts';
export type { CelLibrary } from './library/cel-function.ts';
export { jsonPatchLibrary } from './library/json-patch-functions.ts';
export type { CelSchema } from './schema/cel-schema.ts';
export { escapeFieldName } from './schema/escape-name.ts';
export { typeOfKind } from './schema/kind-type.ts';
export { type SchemaTypeOptions, typeOfSchema } from './schema/schema-type.ts';
export { valueOfSchema } from './schema/schema-value.ts';
export { CelCompileError, type CelIssue } from './syntax/cel-issue.ts';
export { type CelType, type ObjectType, objectType, openObjectType, types, typeText } from './types/cel-type.ts';
export { type CelValue, OpaqueValue, OptionalValue, typeNameOf, UintValue } from './values/cel-value.ts';
export { DurationValue } from './values/duration-value.ts';
export { bitLength, type IpAddress, ipAddressText, parseIpAddress } from './values/ip-address.ts';
export { jsonOfValue, valueOfJson } from './values/json-value.ts';
export { ListValue } from './values/list-value.ts';
export { MapValue } from './values/map-value.ts';
export { ObjectValue } from './values/object-value.ts';
export { CelRuntimeError, CostExceededError } from './values/runtime-errors.ts';
export { TimestampValue } from './values/timestamp-value.ts';
