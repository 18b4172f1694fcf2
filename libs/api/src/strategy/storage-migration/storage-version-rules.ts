import { duplicateValue, type FieldError, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type {
  ServerStorageVersion,
  StorageVersionCondition,
  StorageVersionStatus,
} from '../../generated/apiserverinternal-v1alpha1.ts';
import type { StorageVersion } from '../../generated/kinds.ts';
import { dns1035LabelErrors, dnsSubdomainErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';

const emptyText = 'must be non-empty';
const versionText =
  "an apiVersion is a DNS-1035 label, which must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyVersion')";

export const storageVersionRules: KindRules<StorageVersion> = {
  nameErrors: (name) => {
    const dot = name.lastIndexOf('.');
    if (dot < 0) return ['name must be in the form of <group>.<resource>'];
    return [
      ...dnsSubdomainErrors(name.slice(0, dot)).map((text) => `the group segment ${text}`),
      ...dns1035LabelErrors(name.slice(dot + 1)).map((text) => `the resource segment ${text}`),
    ];
  },
  validate: () => [],
  validateStatusUpdate: ({ status }) => validateStatus(status),
};

function validateStatus(status: StorageVersionStatus): FieldError[] {
  const servers = status.storageVersions ?? [];
  return [
    ...servers.flatMap((server, i) => {
      const at = `status.storageVersions[${i}]`;
      const repeated = servers.findIndex(({ apiServerID }) => apiServerID === server.apiServerID) < i;
      return [
        ...(repeated ? [duplicateValue(`${at}.apiServerID`, server.apiServerID ?? '')] : []),
        ...validateServer(server, at),
      ];
    }),
    ...validateCommonVersion(status),
    ...validateConditions(status.conditions ?? [], 'status'),
  ];
}

function validateServer(server: ServerStorageVersion, at: string): FieldError[] {
  const { apiServerID = '', encodingVersion = '', decodableVersions = [], servedVersions = [] } = server;
  const findings = invalidTexts(`${at}.apiServerID`, apiServerID, dnsSubdomainErrors(apiServerID));
  findings.push(...validateApiVersion(encodingVersion, `${at}.encodingVersion`));
  for (const [i, version] of decodableVersions.entries()) {
    findings.push(...validateApiVersion(version, `${at}.decodableVersions[${i}]`));
  }
  if (!decodableVersions.includes(encodingVersion)) {
    const text = `decodableVersions must include encodingVersion ${encodingVersion}`;
    findings.push(invalidValue(`${at}.decodableVersions`, decodableVersions, text));
  }
  for (const [i, version] of servedVersions.entries()) {
    const field = `${at}.servedVersions[${i}]`;
    findings.push(...validateApiVersion(version, field));
    if (decodableVersions.includes(version)) continue;
    const text = `individual served version : ${version} must be included in decodableVersions : [${decodableVersions.join(' ')}]`;
    findings.push(invalidValue(field, version, text));
  }
  return findings;
}

function validateCommonVersion({
  storageVersions = [],
  commonEncodingVersion: said,
}: StorageVersionStatus): FieldError[] {
  const field = 'status.commonEncodingVersion';
  const versions = new Set(storageVersions.map(({ encodingVersion }) => encodingVersion ?? ''));
  const [common] = versions.size === 1 ? versions : [];
  if (common === said) return [];
  if (common === undefined) {
    const text =
      'should be nil if servers do not agree on the same encoding version, or if there is no server reporting the supported versions yet';
    return [invalidValue(field, said, text)];
  }
  if (said === undefined) return [invalidValue(field, null, `the common encoding version is ${common}`)];
  return [invalidValue(field, said, `the actual common encoding version is ${common}`)];
}

function validateConditions(conditions: readonly StorageVersionCondition[], path: string): FieldError[] {
  return conditions.flatMap(({ type = '', status = '', reason, message }, i) => {
    const at = `${path}[${i}]`;
    const first = conditions.findIndex((other) => other.type === type);
    const text = `the type of the condition is not unique, it also appears in conditions[${first}]`;
    return [
      ...(first < i ? [invalidValue(`${at}.type`, type, text)] : []),
      ...invalidTexts(`${at}.type`, type, qualifiedNameErrors(type)),
      ...invalidTexts(`${at}.status`, status, qualifiedNameErrors(status)),
      ...(reason ? [] : [required(`${at}.reason`, 'reason cannot be empty')]),
      ...(message ? [] : [required(`${at}.message`, 'message cannot be empty')]),
    ];
  });
}

function validateApiVersion(text: string, field: string): FieldError[] {
  const parts = text.split('/');
  if (parts.length > 2) return [invalidValue(field, text, versionText)];
  const version = parts.at(-1) ?? '';
  const errorsOf = (part: string, errors: (part: string) => string[]) => (part === '' ? [emptyText] : errors(part));
  const groupErrors = parts.length === 2 ? errorsOf(parts[0] ?? '', dnsSubdomainErrors) : [];
  const texts = [
    ...groupErrors.map((error) => `group part: ${error}`),
    ...errorsOf(version, dns1035LabelErrors).map((error) => `version part: ${error}`),
  ];
  return texts.length === 0 ? [] : [invalidValue(field, text, texts.join(','))];
}
