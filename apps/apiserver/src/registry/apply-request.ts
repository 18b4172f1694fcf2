import {
  type ApiError,
  type ApiObject,
  ApplyConflictsError,
  apiVersionOf,
  badRequest,
  checkAppliedValue,
  ManagedFieldsError,
  mergeSchemaOf,
  parseApiVersion,
  unknownFailure,
} from '@orrery/api';
import { booleanParameter } from '../http/query-parameters.ts';
import { repeatedYamlKeys } from '../negotiation/request-body.ts';
import type { FieldTracker } from './field-tracker.ts';
import { isRecord } from './json-object.ts';
import type { ObjectDecoder } from './object-decoder.ts';
import type { PatchRequest } from './patch-request.ts';
import { fieldValidationOf, type ResourceContext } from './resource-context.ts';

/** Lays the object of an apply request over the live one. */
export class ApplyRequest {
  private readonly config: ApiObject;
  private readonly options: { readonly manager: string; readonly force: boolean };

  /** Throws `BadRequest` for what is no object. */
  constructor(
    private readonly context: ResourceContext,
    private readonly patch: PatchRequest,
    private readonly fields: FieldTracker,
    private readonly decoder: ObjectDecoder,
  ) {
    const { query } = context.request;
    this.config = configOf(patch.value);
    const force = booleanParameter(query, 'force') ?? false;
    this.options = { manager: query.get('fieldManager') ?? '', force };
  }

  /**
   * The object to be, in the stored version, with defaults and managed fields. Notes warnings. Throws `Conflict` for fields that others own
   * unless forced, and for an object that does not fit its kind.
   */
  async appliedTo(live: ApiObject | undefined): Promise<ApiObject> {
    const { context, config } = this;
    this.checkKind();
    const merged = await this.merged(live);
    const { object, typeErrors } = this.decoder.decodeApplied(merged, context);
    const [typeError] = typeErrors;
    if (typeError !== undefined) {
      const version = apiVersionOf(context.info);
      throw unknownFailure(
        `failed to convert new object (${describe(config)}) to proper version (${version}): ${typeError}`,
      );
    }
    this.judgeDuplicates();
    return object;
  }

  private async merged(live: ApiObject | undefined): Promise<ApiObject> {
    const { context, config, options } = this;
    try {
      checkAppliedValue(mergeSchemaOf(context.info), config);
    } catch (error) {
      throw asApiError(error, `failed to create typed patch object (${describe(config)}): `);
    }
    try {
      return await this.fields.apply(context, live, config, options);
    } catch (error) {
      throw asApiError(error, '');
    }
  }

  /** Kind and version must be said, and be those of the path. */
  private checkKind(): void {
    const { info } = this.context;
    const { kind, apiVersion, metadata } = this.config;
    if (kind !== info.kind || apiVersion !== apiVersionOf(info)) {
      throw badRequest(`invalid object type: ${kindText(this.config)}`);
    }
    if (Array.isArray(metadata.managedFields)) throw badRequest('metadata.managedFields must be nil');
  }

  private judgeDuplicates(): void {
    const { request, notes } = this.context;
    const validation = fieldValidationOf(request.query);
    if (this.patch.duplicateFields.length === 0 || validation === 'Ignore') return;
    const repeated = repeatedYamlKeys(Buffer.from(request.body).toString('utf8'));
    if (validation === 'Warn') for (const finding of repeated) notes.warn(finding);
    else
      throw badRequest(
        `error strict decoding YAML: error converting YAML to JSON: ${['yaml: unmarshal errors:', ...repeated].join('\n  ')}`,
      );
  }
}

function configOf(value: unknown): ApiObject {
  if (!isRecord(value)) {
    throw badRequest('error decoding YAML: json: cannot unmarshal into Go value of type map[string]interface {}');
  }
  return { ...value, metadata: isRecord(value.metadata) ? value.metadata : {} } as unknown as ApiObject;
}

function asApiError(error: unknown, prefix: string): unknown {
  if (error instanceof ApplyConflictsError) return error.toApiError() satisfies ApiError;
  return error instanceof ManagedFieldsError ? unknownFailure(`${prefix}${error.message}`) : error;
}

/** `default/web; apps/v1, Kind=Deployment`. */
function describe(config: ApiObject): string {
  const { namespace = '', name = '' } = config.metadata;
  return `${namespace}/${name}; ${kindText(config)}`;
}

function kindText({ apiVersion, kind }: Partial<ApiObject>): string {
  const parsed = parseApiVersion(apiVersion ?? '') ?? { group: '', version: '' };
  return `${parsed.group}/${parsed.version}, Kind=${kind ?? ''}`;
}
