import type { PersistentVolumeClaim } from '@orrery/api';

/** The storage class that a claim names, the old annotation first; `undefined` where it names none. */
export function claimClass({ metadata, spec }: PersistentVolumeClaim): string | undefined {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName;
}
