import { Service } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import { objectOf } from '../admission-subject.ts';

/** Services get no external IPs beyond those that they have. */
export class DenyServiceExternalIPs implements AdmissionPlugin {
  readonly name = 'DenyServiceExternalIPs';

  validate(attributes: AdmissionAttributes): void {
    const service = objectOf(attributes, Service);
    const before = (attributes.old as Service | undefined)?.spec.externalIPs ?? [];
    if (service?.spec.externalIPs?.some((ip) => !before.includes(ip))) {
      throw admissionForbidden(attributes, 'Use of external IPs is denied by admission control.');
    }
  }
}
