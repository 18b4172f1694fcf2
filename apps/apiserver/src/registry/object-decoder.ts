import {
  type ApiObject,
  apiVersionOf,
  applyDefaults,
  badRequest,
  cannotBeHandled,
  checkShape,
  convertVersion,
  parseApiVersion,
  type ResourceInfo,
  type ResourceTable,
  strictDecoding,
} from '@orrery/api';
import { type DecodedBody, decodeBody } from '../negotiation/request-body.ts';
import { isRecord } from './json-object.ts';
import { type FieldValidation, fieldValidationOf, type ResourceContext } from './resource-context.ts';

/** Unknown fields named in one answer. */
const findingsMax = 100;

export interface DecodedObject {
  /** In the stored version, with defaults. */
  readonly object: ApiObject;
  readonly warnings: readonly string[];
}

/** Turns what clients send into objects: checks kind and shape, fills in defaults, converts to the stored version. */
export class ObjectDecoder {
  constructor(private readonly table: ResourceTable) {}

  /** The object in the body of a create or an update. */
  decode(context: ResourceContext): DecodedObject {
    const { request, info, stored } = context;
    const body = decodeBody(request.body, request.header('content-type'));
    return this.fromValue(body, info, stored, fieldValidationOf(request.query));
  }

  /** The same for a value that was made by a patch. */
  fromValue(body: DecodedBody, info: ResourceInfo, stored: ResourceInfo, validation: FieldValidation): DecodedObject {
    const shaped = this.shape(body, info, info.typeName, validation);
    const object = shaped.value as unknown as ApiObject;
    object.metadata ??= {} as ApiObject['metadata'];
    delete object.metadata.managedFields;
    const converted = convertVersion(object, info, stored);
    applyDefaults(stored, converted);
    return { object: converted, warnings: shaped.warnings };
  }

  /** Checks a body against a kind that need not be the resource's own (scale, binding, options of a deletion). */
  shape(
    { value, duplicateFields }: DecodedBody,
    expected: { readonly group: string; readonly version: string; readonly kind: string },
    typeName: string,
    validation: FieldValidation,
  ): { value: Record<string, unknown>; warnings: string[] } {
    if (!isRecord(value)) {
      throw badRequest("couldn't get version/kind; json parse error: json: cannot unmarshal the body into an object");
    }
    this.checkKind(value, expected);
    const apiVersion = apiVersionOf(expected);
    const got = { version: expected.version, kind: expected.kind };
    if (typeName === '') return { value: { ...value, kind: expected.kind, apiVersion }, warnings: [] };
    const { unknownFields, typeErrors, pruned } = checkShape(typeName, value);
    const [typeError] = typeErrors;
    if (typeError !== undefined) throw cannotBeHandled(got, expected.kind, typeError);
    const findings = [
      ...duplicateFields.map((field) => `duplicate field ${JSON.stringify(field)}`),
      ...unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`),
    ].slice(0, findingsMax);
    if (findings.length > 0 && validation === 'Strict') throw strictDecoding(got, findings);
    const fields = pruned as Record<string, unknown>;
    return {
      value: { ...fields, kind: expected.kind, apiVersion },
      warnings: validation === 'Warn' ? findings : [],
    };
  }

  /** A body may leave out kind and version; what it says must be what the path takes. */
  private checkKind(
    value: Record<string, unknown>,
    expected: { readonly group: string; readonly version: string; readonly kind: string },
  ): void {
    const apiVersion = apiVersionOf(expected);
    const { kind = expected.kind, apiVersion: version = apiVersion } = value;
    if (typeof kind !== 'string' || typeof version !== 'string') {
      throw badRequest("couldn't get version/kind; json parse error: kind and apiVersion must be strings");
    }
    const sameKind = kind === expected.kind || kind === '';
    const sameVersion = version === apiVersion || version === '';
    if (sameKind && sameVersion) return;
    const parsed = parseApiVersion(version);
    const known = parsed !== undefined && this.table.byKind(parsed.group, parsed.version, kind) !== undefined;
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

function goName(version: { readonly version: string }, kind: string): string {
  return `${version.version}.${kind}`;
}

function internalName({ group, kind }: { readonly group: string; readonly kind: string }): string {
  const goPackage = group === '' ? 'core' : (group.split('.')[0] ?? group);
  return `${goPackage}.${kind}`;
}
