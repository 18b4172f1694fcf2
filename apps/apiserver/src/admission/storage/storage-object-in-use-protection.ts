import {
  type ApiObject,
  PersistentVolume,
  PersistentVolumeClaim,
  type ResourceType,
  VolumeAttributesClass,
} from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { newObjectOf } from '../admission-subject.ts';

const finalizers: readonly (readonly [ResourceType<ApiObject>, string])[] = [
  [PersistentVolumeClaim, 'kubernetes.io/pvc-protection'],
  [PersistentVolume, 'kubernetes.io/pv-protection'],
  [VolumeAttributesClass, 'kubernetes.io/vac-protection'],
];

/** Puts the finalizer on storage objects that keeps them while they are in use. Controllers take it off. */
export class StorageObjectInUseProtection implements AdmissionPlugin {
  readonly name = 'StorageObjectInUseProtection';

  admit(attributes: AdmissionAttributes): void {
    for (const [type, finalizer] of finalizers) {
      const object = newObjectOf(attributes, type);
      if (object === undefined || object.metadata.finalizers?.includes(finalizer)) continue;
      object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
    }
  }
}
