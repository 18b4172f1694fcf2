import { CertificateSigningRequest } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { isAbout } from '../admission-subject.ts';
import type { SignerAuthorization } from './signer-authorization.ts';

/** Who approves a request must be allowed to, for the signer that it names. */
export class CertificateApproval implements AdmissionPlugin {
  readonly name = 'CertificateApproval';

  constructor(private readonly authorization: SignerAuthorization) {}

  validate(attributes: AdmissionAttributes): void {
    const { operation, subresource, old } = attributes;
    if (!isAbout(attributes, CertificateSigningRequest) || operation !== 'UPDATE' || subresource !== 'approval') return;
    const { signerName } = (old as CertificateSigningRequest).spec;
    this.authorization.check(attributes, 'approve', signerName, 'approve requests with');
  }
}
