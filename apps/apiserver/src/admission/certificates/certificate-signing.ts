import { CertificateSigningRequest, deepEqual } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { isAbout } from '../admission-subject.ts';
import type { SignerAuthorization } from './signer-authorization.ts';

/** Who issues a certificate, or says why not, must be allowed to sign for the signer that the request names. */
export class CertificateSigning implements AdmissionPlugin {
  readonly name = 'CertificateSigning';

  constructor(private readonly authorization: SignerAuthorization) {}

  validate(attributes: AdmissionAttributes): void {
    const { operation, subresource, object, old } = attributes;
    if (!isAbout(attributes, CertificateSigningRequest) || operation !== 'UPDATE' || subresource !== 'status') return;
    const [after, before] = [object, old] as [CertificateSigningRequest, CertificateSigningRequest];
    const isSame =
      after.status?.certificate === before.status?.certificate &&
      deepEqual(after.status?.conditions ?? [], before.status?.conditions ?? []);
    if (!isSame) this.authorization.check(attributes, 'sign', before.spec.signerName, 'sign requests with');
  }
}
