import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import { admissionForbidden } from './admission-forbidden.ts';

/** Lets everything pass: kept by name, without meaning. */
export class AlwaysAdmit implements AdmissionPlugin {
  readonly name = 'AlwaysAdmit';
}

/** Lets nothing pass, for testing. */
export class AlwaysDeny implements AdmissionPlugin {
  readonly name = 'AlwaysDeny';

  admit(attributes: AdmissionAttributes): void {
    this.validate(attributes);
  }

  validate(attributes: AdmissionAttributes): void {
    throw admissionForbidden(attributes, 'admission control is denying all modifications');
  }
}
