import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { KeyToPath, Volume } from '../../generated/kinds.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';
import { validateFieldRef, validateResourceFieldRef } from './downward-api-validation.ts';
import { validateProjectedPath } from './path-validation.ts';

const modeText = 'must be a number between 0 and 0777 (octal), both inclusive';
const duplicatePathText = 'conflicting duplicate paths';
const fieldPaths = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;
const certificateSecondsMin = 3_600;
const certificateSecondsMax = 91 * 86_400;
const keyTypes = ['ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519', 'RSA3072', 'RSA4096'];

type Projected = NonNullable<Volume['projected']>;
type Projection = NonNullable<Projected['sources']>[number];
type DownwardFile = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

interface ProjectedFiles {
  defaultMode?: number;
  items?: KeyToPath[];
}

/** A volume of the values of a Secret or ConfigMap, which `nameField` names. */
export function validateSecretOrConfigMap(
  { defaultMode, items = [] }: ProjectedFiles,
  nameField: string,
  name: string | undefined,
  path: string,
): FieldError[] {
  return [
    ...(name ? [] : [required(`${path}.${nameField}`)]),
    ...validateMode(defaultMode, `${path}.defaultMode`),
    ...items.flatMap((item, i) => validateKeyToPath(item, `${path}.items[${i}]`)),
  ];
}

/** Upstream names the volume, not the item, for what is wrong with a file. */
export function validateDownwardApiVolume(
  { defaultMode, items = [] }: NonNullable<Volume['downwardAPI']>,
  path: string,
): FieldError[] {
  return [
    ...validateMode(defaultMode, `${path}.defaultMode`),
    ...items.flatMap((file) => validateDownwardFile(file, path)),
  ];
}

export function validateProjectedVolume({ defaultMode, sources = [] }: Projected, path: string): FieldError[] {
  const taken = new Set<string>();
  return [
    ...validateMode(defaultMode, `${path}.defaultMode`),
    ...sources.flatMap((source, i) => validateProjection(source, taken, `${path}.sources[${i}]`, path)),
  ];
}

function validateProjection(source: Projection, taken: Set<string>, at: string, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const take = (file: string | undefined, owner: string) => {
    if (!file) return;
    if (taken.has(file)) findings.push(invalidValue(path, owner, duplicatePathText));
    taken.add(file);
  };
  for (const kind of ['secret', 'configMap'] as const) {
    const { name = '', items = [] } = source[kind] ?? {};
    if (source[kind] && name === '') findings.push(required(`${at}.${kind}.name`));
    for (const [i, item] of items.entries()) {
      findings.push(...validateKeyToPath(item, `${at}.${kind}.items[${i}]`));
      take(item.path, name);
    }
  }
  for (const file of source.downwardAPI?.items ?? []) {
    findings.push(...validateDownwardFile(file, `${at}.downwardAPI`));
    take(file.path, file.path);
  }
  findings.push(...validateToken(source.serviceAccountToken, at, path));
  findings.push(...validateTrustBundle(source.clusterTrustBundle, `${at}.clusterTrustBundle`));
  take(source.clusterTrustBundle?.path, source.clusterTrustBundle?.path ?? '');
  findings.push(...validateCertificate(source.podCertificate, `${at}.podCertificate`));
  for (const field of certificatePaths) take(source.podCertificate?.[field], source.podCertificate?.[field] ?? '');
  if (Object.values(source).filter((value) => value !== undefined).length > 1) {
    findings.push(forbiddenField(at, 'may not specify more than 1 volume type per source'));
  }
  return findings;
}

function validateToken(token: Projection['serviceAccountToken'], at: string, path: string): FieldError[] {
  if (!token) return [];
  const { expirationSeconds: seconds = tokenSecondsMin, path: file } = token;
  const field = `${at}.serviceAccountToken.expirationSeconds`;
  const findings: FieldError[] = [];
  if (seconds < tokenSecondsMin) {
    findings.push(invalidValue(field, seconds, 'may not specify a duration less than 10 minutes'));
  }
  if (seconds > tokenSecondsMax) {
    findings.push(invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  return [...findings, ...(file ? validateProjectedPath(file, `${path}.path`) : [required(`${path}.path`)])];
}

function validateTrustBundle(bundle: Projection['clusterTrustBundle'], path: string): FieldError[] {
  if (!bundle) return [];
  const { name, signerName, labelSelector, path: file } = bundle;
  const findings: FieldError[] = [];
  if (name !== undefined && signerName !== undefined) {
    findings.push(invalidValue(path, bundle, 'only one of name and signerName may be used'));
  } else if (name !== undefined) {
    if (name === '') findings.push(required(`${path}.name`, 'must be a valid object name'));
    // A name with a colon starts with its signer: `example.com:signer:name`.
    const texts = dnsSubdomainErrors(name.split(':').at(-1) ?? '');
    findings.push(
      ...invalidTexts(
        `${path}.name`,
        name,
        texts.map((text) => `not a valid clustertrustbundlename: ${text}`),
      ),
    );
    if (labelSelector) {
      const text = 'labelSelector must be unset if name is specified';
      findings.push(invalidValue(`${path}.labelSelector`, labelSelector, text));
    }
  } else if (signerName !== undefined) {
    findings.push(...validateSignerName(signerName, `${path}.signerName`));
    findings.push(...validateLabelSelector(labelSelector, `${path}.labelSelector`));
  } else findings.push(required(path, 'either name or signerName must be specified'));
  if (!file) findings.push(required(`${path}.path`));
  return [...findings, ...validateProjectedPath(file ?? '', `${path}.path`)];
}

/** `example.com/name` */
function validateSignerName(signerName: string, field: string): FieldError[] {
  if (signerName === '') return [required(field, 'must be a valid signer name')];
  const [domain = '', ...rest] = signerName.split('/');
  if (rest.length !== 1) {
    return [
      invalidValue(
        field,
        signerName,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    ];
  }
  return invalidTexts(field, signerName, dnsSubdomainErrors(domain));
}

const certificatePaths = ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const;

/** A certificate that the kubelet requests for the pod: as one file, or as two. */
function validateCertificate(certificate: Projection['podCertificate'], path: string): FieldError[] {
  if (!certificate) return [];
  const { signerName, keyType, maxExpirationSeconds: seconds } = certificate;
  const findings = validateSignerName(signerName ?? '', `${path}.signerName`);
  if (!keyTypes.includes(keyType)) findings.push(notSupported(`${path}.keyType`, keyType ?? '', keyTypes));
  if (seconds !== undefined && (seconds < certificateSecondsMin || seconds > certificateSecondsMax)) {
    const text = `if provided, maxExpirationSeconds must be between ${certificateSecondsMin} and ${certificateSecondsMax} seconds, inclusive`;
    findings.push(invalidValue(`${path}.maxExpirationSeconds`, seconds, text));
  }
  const files = certificatePaths.filter((field) => certificate[field]);
  for (const field of files) findings.push(...validateProjectedPath(certificate[field] ?? '', `${path}.${field}`));
  if (files.length === 0) {
    findings.push(required(path, 'specify at least one of credentialBundlePath, keyPath, and certificateChainPath'));
  }
  return findings;
}

function validateDownwardFile(file: DownwardFile, path: string): FieldError[] {
  const { fieldRef, resourceFieldRef, mode } = file;
  const findings = file.path ? [] : [required(`${path}.path`)];
  findings.push(...validateProjectedPath(file.path ?? '', `${path}.path`));
  if (fieldRef) {
    findings.push(...validateFieldRef(fieldRef, fieldPaths, `${path}.fieldRef`));
    if (resourceFieldRef) {
      const text = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      findings.push(invalidValue(path, 'resource', text));
    }
  } else if (resourceFieldRef) {
    findings.push(...validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`, true));
  } else findings.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...findings, ...validateMode(mode, `${path}.mode`)];
}

function validateKeyToPath({ key, path: file, mode }: KeyToPath, path: string): FieldError[] {
  return [
    ...(key ? [] : [required(`${path}.key`)]),
    ...(file ? [] : [required(`${path}.path`)]),
    ...validateProjectedPath(file ?? '', `${path}.path`),
    ...validateMode(mode, `${path}.mode`),
  ];
}

function validateMode(mode: number | undefined, field: string): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > 0o777) ? [invalidValue(field, mode, modeText)] : [];
}
