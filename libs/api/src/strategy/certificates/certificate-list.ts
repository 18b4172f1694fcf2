import { X509Certificate } from 'node:crypto';
import { pemBlocks } from './pem.ts';

/** What keeps the text (in base64, as the API carries it) from being a list of certificates; `undefined` if nothing does. */
export function certificateListError(base64: string): string | undefined {
  const blocks = pemBlocks(Buffer.from(base64, 'base64').toString('utf8'));
  for (const { type, hasHeaders, bytes } of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (hasHeaders) return 'no PEM block headers are permitted';
    if (bytes.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates';
    if (parseCertificate(bytes) === undefined) return 'x509: malformed certificate';
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}

/** `undefined` for bytes that are no certificate. */
export function parseCertificate(bytes: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    return undefined;
  }
}
