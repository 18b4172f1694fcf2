import type { ApiObject, ResourceType } from '@orrery/api';
import type { ApiClient } from '@orrery/client';

/** Puts `finalizer` on an object, and takes it off when the object is being deleted and nothing uses it. */
export async function guardWithFinalizer<T extends ApiObject>(
  api: ApiClient,
  type: ResourceType<T>,
  object: T,
  finalizer: string,
  isUsed: () => Promise<boolean>,
): Promise<void> {
  const { finalizers = [], deletionTimestamp } = object.metadata;
  const isGuarded = finalizers.includes(finalizer);
  if (deletionTimestamp === undefined) {
    if (!isGuarded) await api.update(type, withFinalizers(object, [...finalizers, finalizer]));
    return;
  }
  if (!isGuarded || (await isUsed())) return;
  await api.update(
    type,
    withFinalizers(
      object,
      finalizers.filter((name) => name !== finalizer),
    ),
  );
}

function withFinalizers<T extends ApiObject>(object: T, finalizers: string[]): T {
  return { ...object, metadata: { ...object.metadata, finalizers } };
}
