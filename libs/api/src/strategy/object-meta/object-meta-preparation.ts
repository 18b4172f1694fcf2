import type { ObjectMeta } from '../../generated/kinds.ts';
import type { ResourceInfo } from '../../resource/resource-table.ts';
import type { ApiObject } from '../../resource/resource-type.ts';
import type { StrategyContext } from '../strategy.ts';

/** A generated name has at most 63 characters: the base is cut to leave five for the suffix. */
const generatedBaseLengthMax = 58;

/** Gives a new object its name and identity; whatever else only the server may say is dropped. */
export function prepareMetaForCreate(object: ApiObject, info: ResourceInfo, context: StrategyContext): void {
  const metadata: Partial<ObjectMeta> = object.metadata;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.resourceVersion;
  if (info.namespaced && !metadata.namespace && context.namespace !== '') metadata.namespace = context.namespace;
  dropEmpty(metadata);
  const { name, generateName, ...rest } = metadata;
  const chosen = name || (generateName ? generatedName(generateName, context) : '');
  object.metadata = {
    name: chosen,
    ...(generateName && { generateName }),
    ...rest,
    uid: context.newUid(),
    creationTimestamp: context.now,
  } as ObjectMeta;
}

/** A new random name, for the next try where the first one was taken. */
export function generatedName(base: string, context: Pick<StrategyContext, 'nameSuffix'>): string {
  return base.slice(0, generatedBaseLengthMax) + context.nameSuffix();
}

/** What the server alone decides stays as it is; a client that leaves it out does not mean to clear it. */
export function prepareMetaForUpdate(object: ApiObject, old: ApiObject): void {
  const metadata = object.metadata;
  metadata.uid ||= old.metadata.uid;
  metadata.creationTimestamp ||= old.metadata.creationTimestamp;
  delete metadata.selfLink;
  keep(metadata, old.metadata, 'generation');
  if (old.metadata.deletionTimestamp) metadata.deletionTimestamp = old.metadata.deletionTimestamp;
  if (metadata.deletionGracePeriodSeconds === undefined) keep(metadata, old.metadata, 'deletionGracePeriodSeconds');
  dropEmpty(metadata);
}

function keep<K extends 'generation' | 'deletionGracePeriodSeconds'>(to: ObjectMeta, from: ObjectMeta, field: K): void {
  if (from[field] === undefined) delete to[field];
  else to[field] = from[field];
}

/** Empty maps and lists are not stored, as upstream's encoder leaves them out. */
function dropEmpty(metadata: Partial<ObjectMeta>): void {
  for (const field of ['labels', 'annotations'] as const) {
    if (metadata[field] && Object.keys(metadata[field]).length === 0) delete metadata[field];
  }
  for (const field of ['finalizers', 'ownerReferences', 'managedFields'] as const) {
    if (metadata[field]?.length === 0) delete metadata[field];
  }
  if (metadata.generateName === '') delete metadata.generateName;
  if (metadata.namespace === '') delete metadata.namespace;
}
