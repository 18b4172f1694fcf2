import { createPublicKey, verify } from 'node:crypto';
import { type DerValue, readDer } from './der.ts';
import { pemBlocks } from './pem.ts';

/** Hashes by the object identifiers (in hex) of signature algorithms; `null` where the algorithm has its own. */
const hashOfAlgorithm: Readonly<Record<string, string | null>> = {
  '2a864886f70d010105': 'sha1',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d0401': 'sha1',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
};

/** What is wrong with a certificate signing request (PKCS #10 in PEM, in base64 as the API carries it); `undefined` if nothing is. */
export function signingRequestError(base64: string): string | undefined {
  const [block] = pemBlocks(Buffer.from(base64, 'base64').toString('utf8'));
  if (block?.type !== 'CERTIFICATE REQUEST') return 'PEM block type must be CERTIFICATE REQUEST';
  const request = partsOf(block.bytes);
  if (!request) return 'asn1: structure error: malformed certificate request';
  return isSigned(request) ? undefined : 'x509: signature verification failed';
}

interface SigningRequest {
  /** What is signed. */
  readonly info: Buffer;
  readonly publicKey: Buffer;
  readonly algorithm: string;
  readonly signature: Buffer;
}

function partsOf(bytes: Buffer): SigningRequest | undefined {
  const [info, algorithm, signature] = readDer(bytes)?.children ?? [];
  const publicKey = info?.children[2];
  const identifier = algorithm?.children[0];
  if (!info || !publicKey || !identifier || !isBitString(signature)) return undefined;
  return {
    info: info.whole,
    publicKey: publicKey.whole,
    algorithm: identifier.content.toString('hex'),
    // The first byte tells how many bits at the end are unused.
    signature: signature.content.subarray(1),
  };
}

function isBitString(value: DerValue | undefined): value is DerValue {
  return value?.tag === 0x03;
}

function isSigned({ info, publicKey, algorithm, signature }: SigningRequest): boolean {
  const hash = hashOfAlgorithm[algorithm];
  if (hash === undefined) return false;
  try {
    const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
    return verify(hash, info, key, signature);
  } catch {
    return false;
  }
}
