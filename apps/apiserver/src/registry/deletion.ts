import { type ApiObject, conflict, type FieldError, invalidValue, type ResourceInfo } from '@orrery/api';
import { formatTime, parseTime } from '@orrery/runtime';
import type { JsonObject } from './json-object.ts';

/** The options of a deletion, from body and query. */
export interface DeletionOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** What a deletion does to an object now. */
export type DeletionStep =
  /** It is gone at once. */
  | { readonly kind: 'remove' }
  /** It stays for a while, changed: deletion has begun, or its end was moved. */
  | { readonly kind: 'mark'; readonly object: ApiObject }
  /** Its deletion is under way already, and nothing changes. */
  | { readonly kind: 'pending' };

const orphanFinalizer = 'orphan';
const foregroundFinalizer = 'foregroundDeletion';

/** Throws `Conflict` unless the object is the one that the client means. */
export function checkPreconditions(info: ResourceInfo, object: ApiObject, options: DeletionOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = object;
  if (uid !== undefined && uid !== metadata.uid) {
    const detail = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
    throw conflict(info, metadata.name, detail);
  }
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== metadata.resourceVersion) {
    const detail = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`;
    throw conflict(info, metadata.name, detail);
  }
}

export function deletionOptionErrors(options: DeletionOptions): FieldError[] {
  const { propagationPolicy, orphanDependents } = options;
  const errors: FieldError[] = [];
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(invalidValue('propagationPolicy', propagationPolicy, detail));
  }
  if (propagationPolicy !== undefined && !['Orphan', 'Background', 'Foreground'].includes(propagationPolicy)) {
    errors.push({
      type: 'notSupported',
      field: 'propagationPolicy',
      badValue: propagationPolicy,
      detail: 'supported values: "Background", "Foreground", "Orphan"',
    });
  }
  return errors;
}

/** `graceSeconds`: what the kind's strategy grants this object. May change `object`, which is the caller's own copy. */
export function planDeletion(
  object: ApiObject,
  options: DeletionOptions,
  graceSeconds: number,
  nowMs: number,
): DeletionStep {
  const finalizersChanged = applyPropagation(object, options);
  const grace = graceStep(object, options, graceSeconds, nowMs);
  if (grace === 'pending') return finalizersChanged ? { kind: 'mark', object } : { kind: 'pending' };
  if (grace === 'graceful') return { kind: 'mark', object };
  if (isHeld(object)) {
    const marked = markDeleted(object, nowMs, 0);
    return marked || finalizersChanged ? { kind: 'mark', object } : { kind: 'pending' };
  }
  return { kind: 'remove' };
}

/** Is this the update that removes the last thing which kept a deleted object? */
export function isReleased(info: ResourceInfo, object: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
  if (deletionTimestamp === undefined || isHeld(object)) return false;
  return deletionGracePeriodSeconds === 0 || isNamespace(info);
}

function isHeld(object: ApiObject): boolean {
  if ((object.metadata.finalizers ?? []).length > 0) return true;
  // A namespace has finalizers of its own, in its spec.
  const { spec } = object as JsonObject;
  return object.kind === 'Namespace' && Array.isArray(spec?.finalizers) && spec.finalizers.length > 0;
}

function isNamespace(info: ResourceInfo): boolean {
  return info.group === '' && info.resource === 'namespaces';
}

function applyPropagation(object: ApiObject, options: DeletionOptions): boolean {
  const policy = options.propagationPolicy ?? policyOfOrphanDependents(options.orphanDependents);
  if (policy === undefined) return false;
  const before = object.metadata.finalizers ?? [];
  const after = before.filter((finalizer) => finalizer !== orphanFinalizer && finalizer !== foregroundFinalizer);
  if (policy === 'Orphan') after.push(orphanFinalizer);
  if (policy === 'Foreground') after.push(foregroundFinalizer);
  if (after.length > 0) object.metadata.finalizers = after;
  else delete object.metadata.finalizers;
  return [...before].sort().join() !== [...after].sort().join();
}

function policyOfOrphanDependents(orphan: boolean | undefined): DeletionOptions['propagationPolicy'] {
  if (orphan === undefined) return undefined;
  return orphan ? 'Orphan' : 'Background';
}

function graceStep(
  object: ApiObject,
  options: DeletionOptions,
  graceSeconds: number,
  nowMs: number,
): 'pending' | 'graceful' | 'immediate' {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined) {
    if (graceSeconds <= 0) return 'immediate';
    markDeleted(object, nowMs, graceSeconds);
    return 'graceful';
  }
  const granted = metadata.deletionGracePeriodSeconds;
  if (options.gracePeriodSeconds === undefined && (granted ?? 0) > 0) return 'pending';
  if (granted === undefined || granted === 0) return 'immediate';
  if (graceSeconds >= granted) return 'pending';
  if (graceSeconds <= 0) return 'immediate';
  // A running grace period may only be shortened.
  const start = (parseTime(metadata.deletionTimestamp) ?? nowMs) - granted * 1000;
  metadata.deletionTimestamp = formatTime(start + graceSeconds * 1000);
  metadata.deletionGracePeriodSeconds = graceSeconds;
  return 'graceful';
}

/** False where deletion had begun before. */
function markDeleted(object: ApiObject, nowMs: number, graceSeconds: number): boolean {
  const { metadata } = object as JsonObject;
  if (metadata.deletionTimestamp !== undefined) {
    if ((metadata.deletionGracePeriodSeconds ?? 0) === 0) return false;
    metadata.deletionGracePeriodSeconds = 0;
    return true;
  }
  metadata.deletionTimestamp = formatTime(nowMs + graceSeconds * 1000);
  metadata.deletionGracePeriodSeconds = graceSeconds;
  if (metadata.generation !== undefined && metadata.generation > 0) metadata.generation += 1;
  if (object.kind === 'Namespace') {
    const namespace = object as JsonObject;
    namespace.status = { ...namespace.status, phase: 'Terminating' };
  }
  return true;
}
