import {
  type ApiObject,
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  jsonPatchFindings,
  PatchError,
  parseJsonStrict,
  patchText,
  rejectedRequest,
  type StrictJson,
  tooLarge,
  unsupportedMediaType,
} from '@orrery/api';
import { type DecodedBody, mediaTypeOf, parseYaml } from '../negotiation/request-body.ts';
import { withExactIntegers } from './exact-integers.ts';
import type { PatchedValue } from './object-decoder.ts';
import { fieldValidationOf, type ResourceContext } from './resource-context.ts';

const forms: Readonly<Record<string, PatchRequest['form']>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** A patch as it came: its form, its value and the fields that it gives twice. */
export interface PatchRequest extends DecodedBody {
  readonly form: 'json' | 'merge' | 'strategic' | 'apply';
}

/** Throws `UnsupportedMediaType` for forms that the resource does not take. */
export function patchFormOf({ request, info }: ResourceContext): PatchRequest['form'] {
  const form = forms[mediaTypeOf(request.header('content-type'))];
  const isCustom = info.custom !== undefined;
  if (form !== undefined && !(form === 'strategic' && isCustom)) return form;
  throw unsupportedMediaType(Object.keys(forms).filter((type) => !isCustom || forms[type] !== 'strategic'));
}

/** Throws `BadRequest` for what cannot be read. */
export function readPatch(context: ResourceContext): PatchRequest {
  const form = patchFormOf(context);
  const { body } = context.request;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const read = form === 'apply' ? readApplied(text) : readJsonPatch(text, form);
  return { form, ...withExactIntegers(context.info, read, body) };
}

function readJsonPatch(text: string, form: PatchRequest['form']): StrictJson {
  const prefix = form === 'strategic' ? '' : 'error decoding patch: ';
  const read = readJson(text, prefix);
  const wanted = form === 'json' ? '[]handlers.jsonPatchOp' : 'map[string]interface {}';
  if (Array.isArray(read.value) === (form === 'json') && typeof read.value === 'object') return read;
  throw badRequest(`${prefix}json: cannot unmarshal ${jsonKind(read.value)} into Go value of type ${wanted}`);
}

/** The document after the patch; the document itself is not changed. `typeName` tells a strategic patch how lists merge. */
export function applyPatch(
  patch: PatchRequest,
  document: ApiObject,
  context: ResourceContext,
  typeName: string,
): PatchedValue {
  const { form } = patch;
  try {
    const value = patched(patch, document, typeName);
    const findings = fieldValidationOf(context.request.query) === 'Ignore' ? [] : findingsOf(patch);
    return { value, findings, text: () => (form === 'strategic' ? patchText(patch.value) : JSON.stringify(value)) };
  } catch (error) {
    if (error instanceof PatchError) throw patchFailure(error);
    throw error;
  }
}

function patched({ form, value }: PatchRequest, document: ApiObject, typeName: string): unknown {
  switch (form) {
    case 'json':
      return applyJsonPatch(document, value);
    case 'strategic':
      return applyStrategicMergePatch(typeName, document, value);
    default:
      return applyMergePatch(document, value);
  }
}

/** What strict decoding finds in a patch before it is applied. */
function findingsOf({ form, value, duplicateFields }: PatchRequest): string[] {
  const duplicates = duplicateFields.map((field) => `duplicate field ${JSON.stringify(field)}`);
  if (form !== 'json') return duplicates;
  return [...jsonPatchFindings(value), ...duplicates].map((finding) => `json patch ${finding}`);
}

function patchFailure({ reason, message }: PatchError): Error {
  switch (reason) {
    case 'malformed':
    case 'unmergeable':
      return badRequest(message);
    case 'tooLarge':
      return tooLarge(message);
    case 'notApplicable':
      return rejectedRequest();
    default:
      return reason satisfies never;
  }
}

function readJson(text: string, prefix: string): StrictJson {
  try {
    return parseJsonStrict(text);
  } catch (cause) {
    throw badRequest(`${prefix}${cause instanceof Error ? cause.message : ''}`);
  }
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** An applied object is YAML, and clients mostly send the JSON that YAML contains. */
function readApplied(text: string): DecodedBody {
  try {
    return parseJsonStrict(text);
  } catch {
    return readYaml(text);
  }
}

function readYaml(text: string): DecodedBody {
  try {
    return parseYaml(text);
  } catch (cause) {
    throw badRequest(`error decoding YAML: ${cause instanceof Error ? cause.message : ''}`);
  }
}
