import { PersistentVolumeClaim, StorageClass } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { newObjectOf } from '../admission-subject.ts';
import { defaultClassOf } from '../default-class.ts';
import { claimClass } from './claim-class.ts';

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** A claim that names no class gets the default one. `''` is a name: of no class at all. */
export class DefaultStorageClass implements AdmissionPlugin {
  readonly name = 'DefaultStorageClass';

  constructor(private readonly reader: AdmissionReader) {}

  admit(attributes: AdmissionAttributes): void {
    const claim = newObjectOf(attributes, PersistentVolumeClaim);
    if (claim === undefined || claimClass(claim) !== undefined) return;
    const chosen = defaultClassOf(this.reader.list(StorageClass), defaultAnnotations);
    if (chosen !== undefined) claim.spec.storageClassName = chosen.metadata.name;
  }
}
