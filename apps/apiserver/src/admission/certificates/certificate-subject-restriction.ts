import 'reflect-metadata';
import { CertificateSigningRequest } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import { newObjectOf } from '../admission-subject.ts';

const clientSigner = 'kubernetes.io/kube-apiserver-client';
const masters = 'system:masters';

/** Nobody asks for a certificate that would make him a master. */
export class CertificateSubjectRestriction implements AdmissionPlugin {
  readonly name = 'CertificateSubjectRestriction';

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const request = newObjectOf(attributes, CertificateSigningRequest);
    if (request?.spec.signerName !== clientSigner) return;
    const organizations = await organizationsOf(request.spec.request).catch((error: unknown) => {
      throw admissionForbidden(attributes, `failed to parse CSR: ${error instanceof Error ? error.message : error}`);
    });
    if (!organizations.includes(masters)) return;
    throw admissionForbidden(attributes, `use of ${clientSigner} signer with ${masters} group is not allowed`);
  }
}

/** `request` is a PEM text in base64, as bytes come in JSON. */
async function organizationsOf(request: string): Promise<string[]> {
  const pem = Buffer.from(request, 'base64').toString('latin1');
  // Few clusters ever see a request for this signer: not worth a longer start.
  const { Pkcs10CertificateRequest } = await import('@peculiar/x509');
  return new Pkcs10CertificateRequest(pem).subjectName.getField('O');
}
