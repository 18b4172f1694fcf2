import { type ApiObject, badRequest, conflict, invalid, invalidValue } from '@orrery/api';
import type { ResourceContext } from './resource-context.ts';

/** The namespace of the body must be that of the path; a body without one takes it over. */
export function adoptNamespace(object: ApiObject, context: ResourceContext): void {
  const { info, target } = context;
  if (!info.namespaced) {
    delete object.metadata.namespace;
    return;
  }
  const given = object.metadata.namespace ?? '';
  if (given !== '' && given !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (target.namespace === '') throw badRequest('an empty namespace may not be set during creation');
  object.metadata.namespace = target.namespace;
}

/** The name of the body must be that of the path. */
export function adoptName(object: ApiObject, context: ResourceContext): void {
  const { target } = context;
  const given = object.metadata.name ?? '';
  if (given === '') {
    throw badRequest(`the name of the object (${target.name} based on URL) was undeterminable: name must be provided`);
  }
  if (given !== target.name) {
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${target.name})`);
  }
}

/** Throws `Conflict` or `Invalid` unless the writer knows the state that it replaces. */
export function checkResourceVersion(
  object: ApiObject,
  context: ResourceContext,
  revision: number,
  unconditional: boolean,
): void {
  const { info, target } = context;
  const given = object.metadata.resourceVersion ?? '';
  if (given === '' || given === '0') {
    if (unconditional) return;
    const error = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid(info, target.name, [error]);
  }
  if (!/^\d+$/.test(given)) {
    const error = invalidValue('metadata.resourceVersion', given, 'must be an integer');
    throw invalid(info, target.name, [error]);
  }
  if (given !== String(revision)) throw conflict(info, target.name);
}

/** Throws `Conflict` when the object is another one of the same name. */
export function checkUid(object: ApiObject, old: ApiObject, context: ResourceContext): void {
  const given = object.metadata.uid ?? '';
  if (given === '' || given === old.metadata.uid) return;
  const detail = `Precondition failed: UID in precondition: ${given}, UID in object meta: ${old.metadata.uid}`;
  throw conflict(context.info, context.target.name, detail);
}

/** Throws `Conflict` where an object that does not exist is to be a certain one. */
export function checkNoUid(object: ApiObject, { info, target }: ResourceContext): void {
  const given = object.metadata.uid ?? '';
  if (given === '') return;
  const detail = `uid mismatch: the provided object specified uid ${given}, and no existing object was found`;
  throw conflict(info, target.name, detail);
}
