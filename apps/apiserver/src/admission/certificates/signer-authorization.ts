import { type Authorizer, resourceAttributes } from '../../authorization/authorizer.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';

/** May the user `approve`, `sign` or `attest` for a signer? It may be allowed by name, or for all signers of a domain (`example.com/*`). */
export class SignerAuthorization {
  constructor(private readonly authorizer: Pick<Authorizer, 'decide'>) {}

  /** Refuses the request, with `purpose` in the text, unless the user may. */
  check(attributes: AdmissionAttributes, verb: string, signerName: string, purpose: string): void {
    const domain = signerName.split('/', 1)[0] ?? '';
    if (this.isAllowed(attributes, verb, signerName) || this.isAllowed(attributes, verb, `${domain}/*`)) return;
    throw admissionForbidden(attributes, `user not permitted to ${purpose} signerName ${JSON.stringify(signerName)}`);
  }

  private isAllowed({ user }: AdmissionAttributes, verb: string, name: string): boolean {
    const asked = { verb, group: 'certificates.k8s.io', version: '*', resource: 'signers', name };
    return this.authorizer.decide(user, resourceAttributes(asked)).verdict === 'allow';
  }
}
