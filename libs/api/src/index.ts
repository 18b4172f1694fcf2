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
export * from './object/convert-version.ts';
export * from './object/deep-equal.ts';
export * from './object/object-json.ts';
export { loadDescriptions, type TypeDescription, type TypeDescriptions } from './openapi/descriptions.ts';
export { openApiV2ProtobufContentType, openApiV2ProtobufMediaTypes } from './openapi/media-types.ts';
export * from './openapi/open-api.ts';
export * from './patch/json-patch.ts';
export * from './patch/merge-patch.ts';
export * from './patch/patch-error.ts';
export { applyStrategicMergePatch } from './patch/strategic-merge-patch.ts';
export * from './protobuf/envelope.ts';
export * from './protobuf/protobuf-error.ts';
export * from './quantity/quantity.ts';
export * from './resource/resource-table.ts';
export * from './resource/resource-type.ts';
export * from './schema/check-shape.ts';
export * from './schema/parse-json-strict.ts';
export * from './schema/type-schemas.ts';
export * from './selectors/field-selector.ts';
export * from './selectors/fields-of.ts';
export * from './selectors/label-format.ts';
export * from './selectors/label-selector.ts';
export * from './selectors/selector-error.ts';
export { generatedName } from './strategy/object-meta/object-meta-preparation.ts';
export * from './strategy/strategy.ts';
export { humanDuration } from './table/human-duration.ts';
export * from './table/table.ts';
export * from './table/table-document.ts';
