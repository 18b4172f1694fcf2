/** What the server speaks, as its OpenAPI documents say it. */
export const jsonMediaTypes: readonly string[] = ['application/json', 'application/yaml'];

export const watchMediaTypes: readonly string[] = [...jsonMediaTypes, 'application/json;stream=watch'];

export const patchMediaTypes: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/** Custom resources have no types that a strategic patch could follow. */
export const customPatchMediaTypes: readonly string[] = patchMediaTypes.filter((type) => !type.includes('strategic'));

/** Content type of the protobuf form of the version 2 document. */
export const openApiV2ProtobufContentType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** What clients accept for it; kubectl before 1.30 asks for nothing else, and with the name that is no valid media type. */
export const openApiV2ProtobufMediaTypes: readonly string[] = [
  openApiV2ProtobufContentType,
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
];

export const openApiInfo = { title: 'Kubernetes', version: 'v1.36.0' } as const;
