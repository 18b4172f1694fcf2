import {
  type FieldError,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../../errors/field-error.ts';
import type { Condition, PodCertificateRequest } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateConditions } from '../condition/condition-validation.ts';
import { validateSignerName } from '../domain-name/domain-name-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';

const hourSeconds = 3_600;
const daySeconds = 24 * hourSeconds;
const expirationSecondsMax = 91 * daySeconds;
const uidLengthMax = 128;
/** States that a request ends in, one of them at most. */
const outcomes = ['Issued', 'Denied', 'Failed'];
const oneOutcomeText = 'There may be at most one condition with type "Issued", "Denied", or "Failed"';

/** A kubelet asks for a certificate for a pod. Everything but the status is written once. */
export const podCertificateRequestRules: KindRules<PodCertificateRequest> = {
  validate: ({ spec }, old) => (old ? [] : validateSpec(spec)),
  validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, 'spec'),
  validateStatusUpdate: ({ status }, old) => {
    const findings = validateOutcomes(status.conditions ?? []);
    if (findings.length > 0) return findings;
    const ended = (old.status.conditions ?? []).some(({ type }) => outcomes.includes(type));
    if (ended && !deepEqual(status, old.status)) {
      const text = 'immutable after PodCertificateRequest is issued, denied, or failed';
      return [invalidValue('status', status, text)];
    }
    const refused = (status.conditions ?? []).some(({ type }) => type === 'Denied' || type === 'Failed');
    const { conditions: _, ...rest } = status;
    if (!refused || ended || Object.keys(rest).length === 0) return [];
    const text = 'non-condition status fields must be empty when denying or failing the PodCertificateRequest';
    return [invalidValue('status', status, text)];
  },
};

function validateSpec(spec: PodCertificateRequest['spec']): FieldError[] {
  return [
    ...validateSignerName(spec.signerName, 'spec.signerName'),
    ...validateSubject(spec.podName, spec.podUID, 'pod'),
    ...validateSubject(spec.serviceAccountName, spec.serviceAccountUID, 'serviceAccount'),
    ...validateSubject(spec.nodeName, spec.nodeUID, 'node'),
    ...validateExpiration(spec),
  ];
}

function validateSubject(name = '', uid = '', subject: string): FieldError[] {
  return [
    ...invalidTexts(`spec.${subject}Name`, name, dnsSubdomainErrors(name)),
    ...(uid === '' ? [invalidValue(`spec.${subject}UID`, uid, 'must not be empty')] : []),
    ...(uid.length > uidLengthMax ? [tooLong(`spec.${subject}UID`, uidLengthMax)] : []),
  ];
}

/** Kubernetes' own signers give certificates for a day at most. */
function validateExpiration({
  signerName = '',
  maxExpirationSeconds: seconds,
}: PodCertificateRequest['spec']): FieldError[] {
  const field = 'spec.maxExpirationSeconds';
  if (seconds === undefined) return [required(field, 'must be set')];
  const domain = signerName.split('/')[0] ?? '';
  const max = domain === 'kubernetes.io' || domain.endsWith('.kubernetes.io') ? daySeconds : expirationSecondsMax;
  if (seconds >= hourSeconds && seconds <= max) return [];
  return [invalidValue(field, seconds, `must be in the range [${hourSeconds}, ${max}]`)];
}

function validateOutcomes(conditions: readonly Condition[]): FieldError[] {
  const first = conditions.findIndex(({ type }) => outcomes.includes(type));
  return [
    ...conditions.flatMap(({ type, status }, i) => {
      const at = `status.conditions.[${i}]`;
      if (!outcomes.includes(type)) return [notSupported(`${at}.type`, type, outcomes)];
      return [
        ...(i > first ? [invalidValue(`${at}.type`, type, oneOutcomeText)] : []),
        ...(status === 'True' ? [] : [notSupported(`${at}.status`, status, ['True'])]),
      ];
    }),
    ...validateConditions(conditions, 'status.conditions'),
  ];
}
