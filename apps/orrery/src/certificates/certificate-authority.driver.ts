import 'reflect-metadata';
import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Who a certificate is for. In Kubernetes the common name is the user and the organizations are its groups. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  /** DNS names and IP addresses of a server; a certificate without any is a client's. */
  readonly names?: readonly string[];
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const yearsValid = 10;

/** Issues the certificates of one cluster: ECDSA P-256, valid for ten years. */
export class CertificateAuthority {
  private constructor(
    private readonly certificate: x509.X509Certificate,
    private readonly signingKey: webcrypto.CryptoKey,
    readonly keyPair: KeyPair,
  ) {}

  /** A new self-signed authority. */
  static async create(commonName: string): Promise<CertificateAuthority> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned(
      {
        ...validity(),
        name: distinguishedName({ commonName }),
        serialNumber: serialNumber(),
        keys,
        signingAlgorithm: algorithm,
        extensions: [
          new x509.BasicConstraintsExtension(true, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
          await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
      },
      webcrypto,
    );
    const key = await privateKeyPem(keys.privateKey);
    return new CertificateAuthority(certificate, keys.privateKey, { certificate: certificate.toString('pem'), key });
  }

  /** The authority that `keyPair` of an earlier one holds. */
  static async load(keyPair: KeyPair): Promise<CertificateAuthority> {
    const key = await webcrypto.subtle.importKey('pkcs8', der(createPrivateKey(keyPair.key)), algorithm, true, [
      'sign',
    ]);
    return new CertificateAuthority(new x509.X509Certificate(keyPair.certificate), key, keyPair);
  }

  async issue(subject: Subject): Promise<KeyPair> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const names = subject.names ?? [];
    const usage = names.length > 0 ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
    const certificate = await x509.X509CertificateGenerator.create(
      {
        ...validity(),
        subject: distinguishedName(subject),
        issuer: this.certificate.subject,
        serialNumber: serialNumber(),
        publicKey: keys.publicKey,
        signingKey: this.signingKey,
        signingAlgorithm: algorithm,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
          new x509.ExtendedKeyUsageExtension([usage]),
          await x509.AuthorityKeyIdentifierExtension.create(this.certificate, false, webcrypto),
          ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names.map(alternativeName))] : []),
        ],
      },
      webcrypto,
    );
    return { certificate: certificate.toString('pem'), key: await privateKeyPem(keys.privateKey) };
  }
}

/** A private key for signing service account tokens (ES256), PEM. */
export async function createSigningKey(): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return privateKeyPem(keys.privateKey);
}

/** From yesterday, so that a machine whose clock is a little behind accepts it too. */
function validity(): { notBefore: Date; notAfter: Date } {
  const notBefore = new Date();
  notBefore.setUTCDate(notBefore.getUTCDate() - 1);
  const notAfter = new Date();
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + yearsValid);
  return { notBefore, notAfter };
}

function distinguishedName({ commonName, organizations = [] }: Subject): x509.JsonName {
  return [...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }];
}

function alternativeName(name: string): x509.JsonGeneralName {
  return { type: /^[\d.]+$|:/.test(name) ? 'ip' : 'dns', value: name };
}

function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return Buffer.from(bytes).toString('hex');
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', key);
  return createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}

function der(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'pkcs8' });
}
