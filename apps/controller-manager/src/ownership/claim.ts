import {
  type ApiObject,
  keyOf,
  type LabelSelector,
  labelSelectorMatcher,
  type ObjectKey,
  type ResourceType,
} from '@orrery/api';
import { type ApiClient, controllerOf, controllerReference, type Lister } from '@orrery/client';

/** What an owner has to do with the objects around it. */
export interface Claim<T extends ApiObject> {
  /** Controlled by the owner and matching its selector. */
  readonly owned: readonly T[];
  /** Matching, and controlled by nobody: to be adopted. */
  readonly adopt: readonly T[];
  /** Controlled by the owner, but matching no longer: to be let go. */
  readonly release: readonly T[];
}

/** Sorts `candidates`, objects of one namespace. An owner that is being deleted adopts nothing. */
export function planClaim<T extends ApiObject>(
  owner: ApiObject,
  selector: LabelSelector,
  candidates: readonly T[],
): Claim<T> {
  const matcher = labelSelectorMatcher(selector);
  const owned: T[] = [];
  const adopt: T[] = [];
  const release: T[] = [];
  const ownerLeaves = owner.metadata.deletionTimestamp !== undefined;
  for (const object of candidates) {
    const controller = controllerOf(object);
    const matches = matcher.matches(object.metadata.labels);
    if (controller?.uid === owner.metadata.uid) {
      if (matches || ownerLeaves) owned.push(object);
      else release.push(object);
    } else if (controller === undefined && matches && !ownerLeaves) {
      if (object.metadata.deletionTimestamp === undefined) adopt.push(object);
    }
  }
  return { owned, adopt, release };
}

/** Carries a claim out and returns what the owner has then. The owner is read again before anything is adopted. */
export async function applyClaim<T extends ApiObject>(
  api: ApiClient,
  type: ResourceType<T>,
  owner: ApiObject,
  ownerType: ResourceType<ApiObject>,
  claim: Claim<T>,
): Promise<T[]> {
  const owned = [...claim.owned];
  if (claim.adopt.length > 0 && (await mayAdopt(api, owner, ownerType))) {
    for (const object of claim.adopt) owned.push(await adopt(api, type, owner, object));
  }
  for (const object of claim.release) await removeOwners(api, type, object, [owner.metadata.uid]);
  return owned;
}

/** Takes the owners with these uids off an object. */
export function removeOwners<T extends ApiObject>(
  api: ApiClient,
  type: ResourceType<T>,
  object: T,
  uids: readonly string[],
): Promise<T> {
  const remaining = (object.metadata.ownerReferences ?? []).filter(({ uid }) => !uids.includes(uid));
  return setOwners(api, type, object, remaining);
}

function adopt<T extends ApiObject>(api: ApiClient, type: ResourceType<T>, owner: ApiObject, object: T): Promise<T> {
  return setOwners(api, type, object, [...(object.metadata.ownerReferences ?? []), controllerReference(owner)]);
}

/** Refused where the object has changed since it was read. */
export function setOwners<T extends ApiObject>(
  api: ApiClient,
  type: ResourceType<T>,
  object: T,
  ownerReferences: ApiObject['metadata']['ownerReferences'],
): Promise<T> {
  const { uid, resourceVersion } = object.metadata;
  const body = { metadata: { uid, resourceVersion, ownerReferences } };
  return api.patch(type, keyOf(object), { type: 'merge', body });
}

async function mayAdopt(api: ApiClient, owner: ApiObject, ownerType: ResourceType<ApiObject>): Promise<boolean> {
  const fresh = await api.get(ownerType, keyOf(owner));
  return fresh?.metadata.uid === owner.metadata.uid && fresh.metadata.deletionTimestamp === undefined;
}

/** Keys of the owners in the namespace of an object without a controller whose selector matches it. */
export function adoptersOf<O extends ApiObject & { spec: { selector?: unknown } }>(
  object: ApiObject,
  owners: Lister<O>,
  selectorOf: (owner: O) => LabelSelector = ({ spec }) => spec.selector as LabelSelector,
): ObjectKey[] {
  if (controllerOf(object) !== undefined || object.metadata.labels === undefined) return [];
  return owners
    .list(object.metadata.namespace)
    .filter((owner) => selects(selectorOf(owner), object))
    .map(keyOf);
}

function selects(selector: LabelSelector, object: ApiObject): boolean {
  const matcher = labelSelectorMatcher(selector);
  return !matcher.empty && matcher.matches(object.metadata.labels);
}
