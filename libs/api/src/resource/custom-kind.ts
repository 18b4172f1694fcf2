import type { MergeSchema } from '../managed-fields/merge-schema.ts';
import type { JsonSchema } from '../openapi/json-schema.ts';
import type { Printer } from '../table/printer.ts';
import type { ApiObject } from './resource-type.ts';

/** What decoding finds about a client's custom resource. */
export interface DecodedCustomResource {
  /** Without the fields that the schema does not know. */
  readonly value: Record<string, unknown>;
  /** Paths of what was dropped: `spec.foo`. Sorted. */
  readonly unknownFields: readonly string[];
  /** Why the value cannot be decoded; the first one counts. */
  readonly typeErrors: readonly string[];
}

/** Where the scale subresource finds its numbers: simple JSON paths such as `.spec.replicas`. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  /** A text in which the controller keeps the serialized label selector. */
  readonly labelSelectorPath?: string;
}

/** How objects of one version become those of another. */
export type CustomConversion =
  /** Only `apiVersion` changes. */
  | { readonly strategy: 'None' }
  | {
      readonly strategy: 'Webhook';
      readonly clientConfig: {
        readonly url?: string;
        readonly service?: {
          readonly name: string;
          readonly namespace: string;
          readonly path?: string;
          readonly port?: number;
        };
        /** Base64 of PEM. */
        readonly caBundle?: string;
      };
      /** In the webhook's order of preference. */
      readonly conversionReviewVersions: readonly string[];
    };

/** What a CustomResourceDefinition rules about one version of its resource: all that generic code needs beyond the row of the table. */
export interface CustomKind {
  /** Name of the definition: `<plural>.<group>`. */
  readonly definition: string;
  readonly printer: Printer;
  /** Values of the selectable fields by their name in a field selector (`spec.color`). */
  readonly selectableFields: ReadonlyMap<string, (object: ApiObject) => string>;
  readonly scale: ScalePaths | undefined;
  readonly conversion: CustomConversion;
  /** How server-side apply merges objects of this version, from the root on. */
  readonly mergeSchema: MergeSchema;
  /** Sent with every answer: the version is deprecated. */
  readonly warnings: readonly string[];
  /** The definition is being deleted: nothing may be created any more. */
  readonly terminating: boolean;
  /** Checks metadata and drops unknown fields. `value` may be changed. */
  decode(value: Record<string, unknown>): DecodedCustomResource;
  /** Makes a stored object fit today's schema: drops what is unknown or malformed, fills in defaults. Changes `object`. */
  coerce(object: ApiObject): void;
  /** Fills in defaults. Changes `object`; idempotent. */
  applyDefaults(object: ApiObject): void;
  /** The schema as OpenAPI documents of a version publish it. `refPrefix` stands before the names of shared definitions. */
  openApiSchema(version: 2 | 3, refPrefix: string): JsonSchema;
}
