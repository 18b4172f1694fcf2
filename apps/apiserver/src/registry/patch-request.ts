import {
  type ApiObject,
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  invalid,
  invalidValue,
  PatchError,
  type ResourceInfo,
  tooLarge,
  unsupportedMediaType,
} from '@orrery/api';
import type { ApiRequest } from '../http/api-request.ts';
import { mediaTypeOf, parseJson, parseYaml } from '../negotiation/request-body.ts';

const supported = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

/** A patch as it came: its form and its value. */
export interface PatchRequest {
  readonly form: 'json' | 'merge' | 'strategic';
  readonly value: unknown;
}

/** Throws `UnsupportedMediaType` for forms that are not served, `BadRequest` for what is no JSON. */
export function readPatch(request: ApiRequest): PatchRequest {
  const text = Buffer.from(request.body).toString('utf8');
  switch (mediaTypeOf(request.header('content-type'))) {
    case 'application/json-patch+json':
      return { form: 'json', value: parseJson(text) };
    case 'application/merge-patch+json':
      return { form: 'merge', value: looseJson(text) };
    case 'application/strategic-merge-patch+json':
      return { form: 'strategic', value: looseJson(text) };
    default:
      throw unsupportedMediaType(supported);
  }
}

/** The document after the patch; the document itself is not changed. `typeName` tells a strategic patch how lists merge. */
export function applyPatch(
  { form, value }: PatchRequest,
  document: ApiObject,
  info: ResourceInfo,
  typeName: string,
): unknown {
  try {
    switch (form) {
      case 'json':
        return applyJsonPatch(document, value);
      case 'merge':
        return applyMergePatch(document, value);
      case 'strategic':
        return typeName === '' ? applyMergePatch(document, value) : applyStrategicMergePatch(typeName, document, value);
    }
  } catch (error) {
    if (error instanceof PatchError) throw patchFailure(error, info, document.metadata.name);
    throw error;
  }
}

function patchFailure(error: PatchError, info: ResourceInfo, name: string): Error {
  switch (error.reason) {
    case 'malformed':
      return badRequest(error.message);
    case 'tooLarge':
      return tooLarge(error.message);
    case 'notApplicable':
      return invalid(info, name, [invalidValue('patch', '', error.message)]);
    case 'internal':
      return badRequest(error.message);
  }
}

/** kubectl sends YAML as a merge patch at times, and upstream reads it. */
function looseJson(text: string): unknown {
  return text.trimStart().startsWith('{') ? parseJson(text) : parseYaml(text).value;
}
