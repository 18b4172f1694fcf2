import { PersistentVolumeClaim, Quantity, StorageClass } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { objectOf } from '../admission-subject.ts';
import { claimClass } from './claim-class.ts';

/** Claims grow only where they are bound and their class allows it. */
export class PersistentVolumeClaimResize implements AdmissionPlugin {
  readonly name = 'PersistentVolumeClaimResize';

  constructor(private readonly reader: AdmissionReader) {}

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const claim = objectOf(attributes, PersistentVolumeClaim);
    const old = attributes.old as PersistentVolumeClaim | undefined;
    if (claim === undefined || old === undefined || sizeOf(claim).compare(sizeOf(old)) <= 0) return;
    if (old.status?.phase !== 'Bound') {
      throw admissionForbidden(attributes, 'Only bound persistent volume claims can be expanded');
    }
    if (!(await this.mayGrow(claim, old))) {
      const detail =
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
      throw admissionForbidden(attributes, detail);
    }
  }

  private async mayGrow(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): Promise<boolean> {
    const name = claimClass(claim) ?? '';
    if (name === '' || name !== claimClass(old)) return false;
    return (await this.reader.find(StorageClass, '', name))?.allowVolumeExpansion === true;
  }
}

function sizeOf({ spec }: PersistentVolumeClaim): Quantity {
  return Quantity.parse(spec.resources?.requests?.storage ?? '0');
}
