import {
  ApiError,
  type ApiObject,
  apiVersionOf,
  applyDefaults,
  badRequest,
  cannotBeHandled,
  checkShape,
  convertVersion,
  invalid,
  invalidValue,
  isBadRequest,
  parseApiVersion,
  protobufMediaType,
  type ResourceInfo,
  type ResourceLookup,
  strictDecoding,
  unsupportedMediaType,
} from '@orrery/api';
import { type DecodedBody, decodeBody, mediaTypeOf, unrecognized } from '../negotiation/request-body.ts';
import { checkCustomKind, checkPatchedCustomKind, MissingKindError } from './custom-kind-check.ts';
import { withExactIntegers } from './exact-integers.ts';
import { isRecord } from './json-object.ts';
import { type FieldValidation, fieldValidationOf, type ResourceContext } from './resource-context.ts';

const customResourceMediaTypes = ['application/json', 'application/yaml'];
const unreadableKind = "couldn't get version/kind; json parse error: ";
/** Unknown fields named in one answer. */
const findingsMax = 100;

export interface DecodedObject {
  /** In the stored version, with defaults. */
  readonly object: ApiObject;
  readonly warnings: readonly string[];
}

/** A value that a patch has made, before anybody has looked whether it is an object of its kind. */
export interface PatchedValue {
  readonly value: unknown;
  /** What strict decoding found in the patch itself. */
  readonly findings: readonly string[];
  /** The value as errors show it. */
  text(): string;
}

interface ExpectedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Turns what clients send into objects: checks kind and shape, fills in defaults, converts to the stored version. */
export class ObjectDecoder {
  constructor(private readonly resources: ResourceLookup) {}

  /** The object in the body of a create or an update. */
  decode(context: ResourceContext): DecodedObject {
    const { request, info } = context;
    const contentType = request.header('content-type');
    if (info.custom !== undefined && mediaTypeOf(contentType) === protobufMediaType) {
      throw unsupportedMediaType(customResourceMediaTypes);
    }
    const body = withExactIntegers(info, decodeBody(request.body, contentType, info.kind), request.body);
    const fields = info.custom === undefined ? this.fieldsOf(body.value, info) : customFields(body.value, context);
    const judged = this.judged(info, inspect(fields, info), body.duplicateFields, fieldValidationOf(request.query));
    return { object: completed(judged.fields, context), warnings: judged.warnings };
  }

  /** What a patch makes of an object. Throws `Invalid`, since it is the patch that is at fault. */
  decodePatched(patched: PatchedValue, context: ResourceContext): DecodedObject {
    const { info, request } = context;
    const validation = fieldValidationOf(request.query);
    const inspected = inspect(this.patchedFields(patched, info), info);
    const [typeError] = inspected.typeErrors;
    if (typeError !== undefined) throw invalidPatch(patched, typeError);
    const findings = [...patched.findings, ...inspected.unknownFields.map(unknownField)].slice(0, findingsMax);
    if (findings.length > 0 && validation === 'Strict') {
      throw invalidPatch(patched, `strict decoding error: ${findings.join(', ')}`);
    }
    const fields = { ...inspected.fields, kind: info.kind, apiVersion: apiVersionOf(info) };
    return { object: completed(fields, context), warnings: validation === 'Warn' ? findings : [] };
  }

  /** An object that server-side apply has made: it names only fields that there are. `typeErrors`: why it still is none. */
  decodeApplied(value: ApiObject, context: ResourceContext): { object: ApiObject; typeErrors: readonly string[] } {
    const { fields, typeErrors } = inspect(value as unknown as Record<string, unknown>, context.info);
    return { object: completed(fields, context), typeErrors };
  }

  /** Checks a body against a kind that need not be the resource's own (scale, binding, options of a deletion). */
  shape(
    { value, duplicateFields }: DecodedBody,
    expected: ExpectedKind,
    typeName: string,
    validation: FieldValidation,
  ): { value: Record<string, unknown>; warnings: string[] } {
    const fields = this.fieldsOf(value, expected);
    const { fields: judged, warnings } = this.judged(
      expected,
      inspect(fields, { typeName }),
      duplicateFields,
      validation,
    );
    return { value: judged, warnings };
  }

  private fieldsOf(value: unknown, expected: ExpectedKind): Record<string, unknown> {
    if (!isRecord(value)) {
      throw badRequest(`${unreadableKind}json: cannot unmarshal the body into an object`);
    }
    this.checkKind(value, expected);
    return value;
  }

  private patchedFields(patched: PatchedValue, info: ResourceInfo): Record<string, unknown> {
    const { value } = patched;
    try {
      if (info.custom === undefined || !isRecord(value)) return this.fieldsOf(value, info);
      checkPatchedCustomKind(value, info, () => patched.text());
      return value;
    } catch (error) {
      if ((error instanceof ApiError && isBadRequest(error)) || error instanceof MissingKindError)
        throw invalidPatch(patched, error.message);
      throw error;
    }
  }

  /** Throws what is wrong with a body, or gives it with what is to be warned of. */
  private judged(
    expected: ExpectedKind,
    { fields, unknownFields, typeErrors }: Inspected,
    duplicateFields: readonly string[],
    validation: FieldValidation,
  ): { fields: Record<string, unknown>; warnings: string[] } {
    const got = { version: expected.version, kind: expected.kind };
    const [typeError] = typeErrors;
    if (typeError !== undefined) throw cannotBeHandled(got, expected.kind, typeError);
    const findings = [...unknownFields.map(unknownField), ...duplicateFields.map(duplicateField)].slice(0, findingsMax);
    if (findings.length > 0 && validation === 'Strict') throw strictDecoding(got, findings);
    return {
      fields: { ...fields, kind: expected.kind, apiVersion: apiVersionOf(expected) },
      warnings: validation === 'Warn' ? findings : [],
    };
  }

  /** A body may leave out kind and version; what it says must be what the path takes. */
  private checkKind(value: Record<string, unknown>, expected: ExpectedKind): void {
    const apiVersion = apiVersionOf(expected);
    const { kind = expected.kind, apiVersion: version = apiVersion } = value;
    if (typeof kind !== 'string' || typeof version !== 'string') {
      throw badRequest(`${unreadableKind}kind and apiVersion must be strings`);
    }
    const sameKind = kind === expected.kind || kind === '';
    const sameVersion = version === apiVersion || version === '';
    if (sameKind && sameVersion) return;
    const parsed = parseApiVersion(version);
    const known = parsed !== undefined && this.resources.byKind(parsed.group, parsed.version, kind) !== undefined;
    const got = { version: parsed?.version ?? version, kind };
    if (!known) {
      const cause = `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
      throw cannotBeHandled(got, expected.kind, cause);
    }
    if (!sameVersion) {
      throw badRequest(
        `the API version in the data (${version}) does not match the expected API version (${apiVersion})`,
      );
    }
    throw cannotBeHandled(
      got,
      expected.kind,
      `converting (${goName(parsed, kind)}) to (${internalName(expected)}): unknown conversion`,
    );
  }
}

interface Inspected {
  /** Without what the kind does not have. */
  readonly fields: Record<string, unknown>;
  readonly unknownFields: readonly string[];
  readonly typeErrors: readonly string[];
}

function customFields(value: unknown, { request, info }: ResourceContext): Record<string, unknown> {
  if (!isRecord(value)) throw unrecognized(request.body, info.kind, `${unreadableKind}json: cannot unmarshal the body`);
  try {
    checkCustomKind(value, info, () => Buffer.from(request.body).toString('utf8'));
  } catch (error) {
    if (error instanceof MissingKindError) throw unrecognized(request.body, info.kind, error.message);
    throw error;
  }
  return value;
}

/** Compares fields with what the kind has; a kind without a type takes any. */
function inspect(
  fields: Record<string, unknown>,
  { custom, typeName }: Pick<ResourceInfo, 'custom' | 'typeName'>,
): Inspected {
  if (custom !== undefined) {
    const { value, unknownFields, typeErrors } = custom.decode(fields);
    return { fields: value, unknownFields, typeErrors };
  }
  if (typeName === '') return { fields, unknownFields: [], typeErrors: [] };
  const { pruned, unknownFields, typeErrors } = checkShape(typeName, fields);
  return { fields: pruned as Record<string, unknown>, unknownFields, typeErrors };
}

/** In the stored version, with defaults. */
function completed(fields: Record<string, unknown>, { info, stored }: ResourceContext): ApiObject {
  const object = fields as unknown as ApiObject;
  object.metadata ??= {} as ApiObject['metadata'];
  const converted = convertVersion(object, info, stored);
  applyDefaults(stored, converted);
  return converted;
}

function invalidPatch(patched: PatchedValue, detail: string): ApiError {
  return invalid({ group: '', kind: '' }, '', [invalidValue('patch', patched.text(), detail)]);
}

function unknownField(path: string): string {
  return `unknown field ${JSON.stringify(path)}`;
}

function duplicateField(path: string): string {
  return `duplicate field ${JSON.stringify(path)}`;
}

function goName(version: { readonly version: string }, kind: string): string {
  return `${version.version}.${kind}`;
}

function internalName({ group, kind }: { readonly group: string; readonly kind: string }): string {
  const goPackage = group === '' ? 'core' : (group.split('.')[0] ?? group);
  return `${goPackage}.${kind}`;
}
