import {
  type ApiObject,
  apiVersionOf,
  applyDefaults,
  applyJsonPatch,
  checkShape,
  deepEqual,
  internal,
  PatchError,
  TypeSchemas,
} from '@orrery/api';
import type { ObjectVersions } from '../../custom-resources/object-versions.ts';
import { carriesResource, type GroupVersionKind } from './admission-kind.ts';
import type { Invocation } from './webhook.ts';

/**
 * Applies a webhook's patch, which is for the version that the webhook was sent, to `object` in place. Was anything changed? Throws an `InternalError` where
 * the patch does not fit.
 */
export function patchObject(
  invocation: Invocation,
  object: ApiObject,
  operations: readonly unknown[],
  versions: Pick<ObjectVersions, 'convert'>,
): Promise<boolean> {
  return changeObject(invocation, object, versions, (before) => patched(before, operations));
}

/** Changes `object` in place; `change` gets it in the version that the invocation is about, and leaves it as it is. Was anything changed? */
export async function changeObject(
  invocation: Invocation,
  object: ApiObject,
  versions: Pick<ObjectVersions, 'convert'>,
  change: (before: ApiObject) => ApiObject,
): Promise<boolean> {
  const { row, attributes } = invocation;
  const { info, subresource } = attributes;
  const ownKind = carriesResource(row, subresource);
  const before = ownKind ? await versions.convert(object, info, row) : object;
  const { after, changed } = completed(invocation, before, change(before));
  replaceFields(object, ownKind ? await versions.convert(after, row, info) : after);
  return changed;
}

/** What a changed object becomes: what its kind does not know is dropped, and defaults are filled in again. */
function completed({ attributes, row, kind }: Invocation, before: ApiObject, result: ApiObject) {
  // A result shares what it leaves alone with the object, which is about to change.
  const after = structuredClone(decoded(result, kind));
  const changed = !deepEqual(before, after);
  if (carriesResource(row, attributes.subresource)) {
    applyDefaults(row, after);
    row.custom?.coerce(after);
  }
  return { after, changed };
}

function patched(object: ApiObject, operations: readonly unknown[]): ApiObject {
  try {
    return applyJsonPatch(object, operations);
  } catch (error) {
    throw error instanceof PatchError ? internal(error) : error;
  }
}

let typeNames: ReadonlyMap<string, string> | undefined;

/** As upstream's types would hold it. Kinds without facts (custom resources) are taken as they are. */
function decoded(object: ApiObject, { group, version, kind }: GroupVersionKind): ApiObject {
  typeNames ??= TypeSchemas.builtIn().namesByKind();
  const typeName = typeNames.get(`${group}/${version}/${kind}`);
  if (typeName === undefined) return object;
  const { pruned, typeErrors } = checkShape(typeName, object);
  if (typeErrors[0] !== undefined) throw internal(new Error(typeErrors[0]));
  return { ...(pruned as ApiObject), kind, apiVersion: apiVersionOf({ group, version }) };
}

function replaceFields(object: ApiObject, by: ApiObject): void {
  const fields = object as unknown as Record<string, unknown>;
  for (const name of Object.keys(fields)) delete fields[name];
  Object.assign(fields, by);
}
