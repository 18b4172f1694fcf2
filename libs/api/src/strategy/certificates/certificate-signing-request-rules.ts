import {
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { CertificateSigningRequest } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { validateSignerName } from '../domain-name/domain-name-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import type { RequestUser } from '../strategy.ts';
import { certificateListError } from './certificate-list.ts';
import { signingRequestError } from './signing-request.ts';

const legacySigner = 'kubernetes.io/legacy-unknown';
const expirationSecondsMin = 600;
const decisions = ['Approved', 'Denied'];
/** Conditions that are true or absent, and never taken back. */
const finalConditions = ['Approved', 'Denied', 'Failed'];
const statuses = ['False', 'True', 'Unknown'];
const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

/** A request's spec is written once; its approval and its certificate come by subresources. */
export const certificateSigningRequestRules: KindRules<CertificateSigningRequest> = {
  nameErrors: () => [],
  prepareForCreate: (request, { user }) => {
    // Who asks is what authentication says, not what the client writes.
    const { username: _name, uid: _uid, groups: _groups, extra: _extra, ...asked } = request.spec;
    request.spec = { ...asked, ...(user && requestorFields(user)) };
  },
  prepareForUpdate: (request, old) => {
    request.spec = old.spec;
  },
  prepareForStatusUpdate: (request, old, { now }) => {
    keepDecision(request, old);
    dateConditions(request, old, now);
  },
  validate: ({ spec, status }, old) => [
    ...validateSpec(spec, old?.spec),
    ...validateConditions(status.conditions ?? [], old?.status.conditions),
    ...validateCertificate(status.certificate, old?.status.certificate),
  ],
  validateStatusUpdate: (request, old) => [
    ...validateConditions(request.status.conditions ?? [], old.status.conditions),
    ...validateCertificate(request.status.certificate, old.status.certificate),
    ...validateKeptConditions(request, old, false),
    ...validateKeptCertificate(request, old),
  ],
  /** Who approves changes the conditions, never the certificate. */
  subresources: {
    approval: {
      writesStatus: true,
      prepare: (request, old, { now }) => {
        const { conditions } = request.status;
        request.spec = old.spec;
        request.status = { ...old.status, ...(conditions && { conditions }) };
        dateConditions(request, old, now);
      },
      validate: (request, old) => validateKeptConditions(request, old, true),
    },
  },
};

type Conditions = NonNullable<CertificateSigningRequest['status']['conditions']>;

function requestorFields({ name, uid, groups, extra }: RequestUser) {
  return {
    username: name,
    ...(uid && { uid }),
    ...(groups.length > 0 && { groups: [...groups] }),
    ...(extra && { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
  };
}

/** Clients leave it to the server to say when a condition came about. */
function dateConditions({ status }: CertificateSigningRequest, old: CertificateSigningRequest, now: string): void {
  for (const condition of status.conditions ?? []) {
    const before = old.status.conditions?.find(({ type }) => type === condition.type);
    const kept = before?.status === condition.status ? before.lastTransitionTime : undefined;
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= kept ?? now;
  }
}

/** A signer who leaves the decision out does not mean to take it back. */
function keepDecision({ status }: CertificateSigningRequest, old: CertificateSigningRequest): void {
  const conditions = status.conditions ?? [];
  const missing = (old.status.conditions ?? []).filter(
    ({ type }) => decisions.includes(type) && !conditions.some((condition) => condition.type === type),
  );
  if (missing.length > 0) status.conditions = [...missing, ...conditions];
}

function validateSpec(
  { request, usages: asked = [], signerName, expirationSeconds }: CertificateSigningRequest['spec'],
  old: CertificateSigningRequest['spec'] | undefined,
): FieldError[] {
  const findings: FieldError[] = [];
  const requestError = old ? undefined : signingRequestError(request ?? '');
  if (requestError !== undefined) findings.push(invalidValue('spec.request', request ?? '', requestError));
  if (asked.length === 0) findings.push(required('spec.usages'));
  if (!old) findings.push(...validateUsages(asked, 'spec.usages'));
  if (signerName === legacySigner && old?.signerName !== legacySigner) {
    const text = 'the legacy signerName is not allowed via this API version';
    findings.push(invalidValue('spec.signerName', signerName, text));
  } else findings.push(...validateSignerName(signerName, 'spec.signerName'));
  if (expirationSeconds !== undefined && expirationSeconds < expirationSecondsMin) {
    const text = `may not specify a duration less than ${expirationSecondsMin} seconds (10 minutes)`;
    findings.push(invalidValue('spec.expirationSeconds', expirationSeconds, text));
  }
  return findings;
}

function validateUsages(asked: readonly string[], path: string): FieldError[] {
  return [
    ...asked.flatMap((usage, i) => (usages.includes(usage) ? [] : [notSupported(`${path}[${i}]`, usage, usages)])),
    ...asked.flatMap((usage, i) => (asked.indexOf(usage) < i ? [duplicateValue(`${path}[${i}]`, usage)] : [])),
  ];
}

function validateConditions(conditions: Conditions, old: Conditions | undefined): FieldError[] {
  const path = 'status.conditions';
  const types = conditions.map(({ type }) => type);
  const oldTypes = (old ?? []).map(({ type }) => type);
  const hadBoth = decisions.every((type) => oldTypes.includes(type));
  const hadRepeated = new Set(oldTypes).size < oldTypes.length;
  return conditions.flatMap(({ type = '', status = '' }, i) => {
    const at = `${path}[${i}]`;
    const allowed = finalConditions.includes(type) ? ['True'] : statuses;
    const other = decisions.find((decision) => decision !== type);
    const contradicts = decisions.includes(type) && types.slice(0, i).includes(other ?? '');
    return [
      ...(type === '' && !oldTypes.includes('') ? [required(`${at}.type`)] : []),
      ...(status === '' ? [required(`${at}.status`)] : []),
      ...(status !== '' && !allowed.includes(status) ? [notSupported(`${at}.status`, status, allowed)] : []),
      ...(contradicts && !hadBoth
        ? [invalidValue(path, type, 'Approved and Denied conditions are mutually exclusive')]
        : []),
      ...(types.indexOf(type) < i && !hadRepeated ? [duplicateValue(`${at}.type`, type)] : []),
    ];
  });
}

function validateCertificate(certificate: string | undefined, old: string | undefined): FieldError[] {
  if (!certificate || certificate === old || (old && certificateListError(old) !== undefined)) return [];
  const error = certificateListError(certificate);
  return error === undefined ? [] : [invalidValue('status.certificate', '<certificate data>', error)];
}

function validateKeptConditions(
  { status }: CertificateSigningRequest,
  { status: old }: CertificateSigningRequest,
  mayDecide: boolean,
): FieldError[] {
  const ofType = (type: string, { conditions = [] } = status) => conditions.filter((one) => one.type === type);
  const path = 'status.conditions';
  return finalConditions.flatMap((type) => {
    const [now, before] = [ofType(type), ofType(type, old)];
    const shown = JSON.stringify(type);
    if (now.length < before.length) {
      return [forbiddenField(path, `updates may not remove a condition of type ${shown}`)];
    }
    if (mayDecide || !decisions.includes(type)) return [];
    if (now.length > before.length) return [forbiddenField(path, `updates may not add a condition of type ${shown}`)];
    if (deepEqual(now, before)) return [];
    return [forbiddenField(path, `updates may not modify a condition of type ${shown}`)];
  });
}

function validateKeptCertificate({ status }: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  const before = old.status.certificate;
  if (!before || status.certificate === before) return [];
  return [forbiddenField('status.certificate', 'updates may not modify existing certificate content')];
}
