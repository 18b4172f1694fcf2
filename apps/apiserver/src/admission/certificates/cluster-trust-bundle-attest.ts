import type { ApiObject } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import type { SignerAuthorization } from './signer-authorization.ts';

type TrustBundle = ApiObject & { readonly spec: { readonly signerName?: string; readonly trustBundle?: string } };

/** Who publishes what a signer's certificates are checked with must be allowed to vouch for the signer. */
export class ClusterTrustBundleAttest implements AdmissionPlugin {
  readonly name = 'ClusterTrustBundleAttest';

  constructor(private readonly authorization: SignerAuthorization) {}

  validate(attributes: AdmissionAttributes): void {
    const { info, operation, object, old } = attributes;
    if (info.group !== 'certificates.k8s.io' || info.resource !== 'clustertrustbundles') return;
    if (operation !== 'CREATE' && operation !== 'UPDATE') return;
    const { signerName = '', trustBundle } = (object as TrustBundle).spec;
    const before = (old as TrustBundle | undefined)?.spec;
    if (signerName === '' || (before?.signerName === signerName && before.trustBundle === trustBundle)) return;
    this.authorization.check(attributes, 'attest', signerName, 'attest for');
  }
}
