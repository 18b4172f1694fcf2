export * from './defaulting/apply-defaults.ts';
export * from './discovery/aggregated-discovery.ts';
export {
  type ApiVersions,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
} from './discovery/discovery-documents.ts';
export * from './errors/api-error.ts';
export * from './errors/api-errors.ts';
export * from './errors/field-error.ts';
export * from './generated/kinds.ts';
export * from './managed-fields/apply-conflicts.ts';
export { builtInMergeSchema } from './managed-fields/built-in-merge-schema.ts';
export { checkAppliedValue } from './managed-fields/check-applied-value.ts';
export * from './managed-fields/field-manager.ts';
export { ManagedFieldsError } from './managed-fields/managed-fields-error.ts';
export { managedFieldsProblem } from './managed-fields/managers.ts';
export * from './managed-fields/merge-schema.ts';
export { mergeValues } from './managed-fields/merge-values.ts';
export * from './managed-fields/resource-versions.ts';
export { settableFields } from './managed-fields/settable-fields.ts';
export * from './object/convert-version.ts';
export * from './object/deep-equal.ts';
export * from './object/object-json.ts';
export { loadDescriptions, type TypeDescription, type TypeDescriptions } from './openapi/descriptions.ts';
export type { JsonSchema } from './openapi/json-schema.ts';
export { openApiV2ProtobufContentType, openApiV2ProtobufMediaTypes } from './openapi/media-types.ts';
export * from './openapi/open-api.ts';
export { patchText } from './patch/go-text.ts';
export * from './patch/json-patch.ts';
export * from './patch/merge-patch.ts';
export * from './patch/patch-error.ts';
export { applyStrategicMergePatch } from './patch/strategic-merge-patch.ts';
export * from './pod-security/pod-violations.ts';
export * from './pod-security/policy.ts';
export * from './protobuf/envelope.ts';
export * from './protobuf/protobuf-error.ts';
export * from './quantity/quantity.ts';
export * from './quota/amounts.ts';
export * from './quota/charge-quota.ts';
export * from './quota/evaluator-of.ts';
export * from './quota/pod-resources.ts';
export * from './quota/quota-evaluator.ts';
export { isInScopes } from './quota/quota-scopes.ts';
export * from './resource/custom-kind.ts';
export * from './resource/resource-catalog.ts';
export * from './resource/resource-table.ts';
export * from './resource/resource-type.ts';
export * from './resource/runtime-config.ts';
export * from './schema/check-shape.ts';
export * from './schema/inexact-integers.ts';
export * from './schema/parse-json-strict.ts';
export * from './schema/type-schemas.ts';
export * from './selectors/field-selector.ts';
export * from './selectors/fields-of.ts';
export * from './selectors/label-format.ts';
export * from './selectors/label-selector.ts';
export * from './selectors/selector-error.ts';
export { type AccessReview, validateAccessReview } from './strategy/authorization/access-review-validation.ts';
export { validateBindingTarget } from './strategy/binding/binding-rules.ts';
export { GenericStrategy } from './strategy/generic-strategy.ts';
export type { KindRules } from './strategy/kind-rules.ts';
export {
  generatedName,
  prepareMetaForCreate,
  prepareMetaForUpdate,
} from './strategy/object-meta/object-meta-preparation.ts';
export {
  validateImmutable,
  validateMeta,
  validateMetaUpdate,
} from './strategy/object-meta/object-meta-validation.ts';
export { isExtendedResource } from './strategy/resource-amounts/resource-names.ts';
export { validateClusterIps } from './strategy/service/cluster-ips-validation.ts';
export { isIpv4, isIpv6 } from './strategy/service/ip-format.ts';
export { type IpFamily, ipFamilyOf } from './strategy/service/ip-validation.ts';
export { needsClusterIp, needsHealthCheckPort } from './strategy/service/service-needs.ts';
export * from './strategy/strategy.ts';
export { ageOf, humanDuration } from './table/human-duration.ts';
export { type Column, columnPrinter, definitionOf, nameColumn, type Printer } from './table/printer.ts';
export * from './table/table.ts';
export * from './table/table-document.ts';
