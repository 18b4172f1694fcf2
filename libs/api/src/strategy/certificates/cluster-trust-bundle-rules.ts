import { type FieldError, invalidTexts, invalidValue, tooLong } from '../../errors/field-error.ts';
import type { ClusterTrustBundle } from '../../generated/kinds.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateSignerName } from '../domain-name/domain-name-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { parseCertificate } from './certificate-list.ts';
import { pemBlocks } from './pem.ts';

const bundleSizeMaxBytes = 1024 * 1024;
const omitted = '<value omitted>';

export const clusterTrustBundleRules: KindRules<ClusterTrustBundle> = {
  nameErrors: () => [],
  validate: ({ metadata, spec }, old) => {
    const { signerName = '', trustBundle = '' } = spec;
    return [
      ...invalidTexts('metadata.name', metadata.name, metadata.name ? nameErrors(metadata.name, signerName) : []),
      ...(signerName === '' ? [] : validateSignerName(signerName, 'spec.signerName')),
      ...(old?.spec.trustBundle === trustBundle ? [] : validateTrustBundle(trustBundle, 'spec.trustBundle')),
    ];
  },
  validateUpdate: ({ spec }, old) =>
    validateImmutable(spec.signerName ?? '', old.spec.signerName ?? '', 'spec.signerName'),
};

/** A signer's bundles are called after it, so that access to them can be given by name. */
function nameErrors(name: string, signerName: string): string[] {
  if (signerName === '') {
    if (!name.includes(':')) return dnsSubdomainErrors(name);
    return ['ClusterTrustBundle without signer name must not have ":" in its name'];
  }
  const prefix = `${signerName.replaceAll('/', ':')}:`;
  if (!name.startsWith(prefix)) {
    return [`ClusterTrustBundle for signerName ${signerName} must be named with prefix ${prefix}`];
  }
  return dnsSubdomainErrors(name.slice(prefix.length));
}

function validateTrustBundle(text: string, field: string): FieldError[] {
  if (text.length > bundleSizeMaxBytes) return [tooLong(field, bundleSizeMaxBytes)];
  const blocks = pemBlocks(text);
  const texts = blocks.flatMap(({ type, hasHeaders, bytes }, i) => {
    if (type !== 'CERTIFICATE') return [`entry ${i} has bad block type: ${type}`];
    if (hasHeaders) return [`entry ${i} has PEM block headers`];
    const certificate = parseCertificate(bytes);
    if (!certificate) return [`entry ${i} does not parse as X.509`];
    return certificate.ca ? [] : [`entry ${i} does not have the CA bit set`];
  });
  if (texts.length === 0) texts.push(...anchorErrors(blocks.map(({ bytes }) => bytes.toString('base64'))));
  return texts.map((detail) => invalidValue(field, omitted, detail));
}

function anchorErrors(anchors: readonly string[]): string[] {
  if (anchors.length === 0) return ['at least one trust anchor must be provided'];
  return [...new Set(anchors)]
    .map((anchor) => anchors.flatMap((other, i) => (other === anchor ? [i] : [])))
    .filter((indices) => indices.length > 1)
    .map((indices) => `duplicate trust anchor (indices [${indices.join(' ')}])`);
}
