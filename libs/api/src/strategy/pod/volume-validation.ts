import { duplicateValue, type FieldError, forbiddenField, invalidValue, required } from '../../errors/field-error.ts';
import type { KeyToPath, Volume } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';

const modeText = 'must be a number between 0 and 0777 (octal), both inclusive';

export function validateVolumes(volumes: readonly Volume[], path: string): FieldError[] {
  const seen = new Set<string>();
  return volumes.flatMap((volume, i) => {
    const at = `${path}[${i}]`;
    const findings = [...validateVolumeName(volume.name, `${at}.name`), ...validateVolumeSource(volume, at)];
    if (volume.name && seen.has(volume.name)) findings.push(duplicateValue(`${at}.name`, volume.name));
    seen.add(volume.name);
    return findings;
  });
}

/** A path inside a volume. */
export function validateLocalPath(value: string, field: string): FieldError[] {
  if (value.startsWith('/')) return [invalidValue(field, value, 'must be a relative path')];
  if (value.split('/').includes('..')) return [invalidValue(field, value, "must not contain '..'")];
  return [];
}

function validateVolumeName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  return dnsLabelErrors(name).map((text) => invalidValue(field, name, text));
}

function validateVolumeSource(volume: Volume, path: string): FieldError[] {
  const sources = Object.keys(volume).filter(
    (field) => field !== 'name' && volume[field as keyof Volume] !== undefined,
  );
  if (sources.length === 0) return [required(path, 'must specify a volume type')];
  const findings = sources
    .slice(1)
    .map((source) => forbiddenField(`${path}.${source}`, 'may not specify more than 1 volume type'));
  const { configMap, secret, hostPath, persistentVolumeClaim, projected, downwardAPI, emptyDir } = volume;
  if (configMap) {
    if (!configMap.name) findings.push(required(`${path}.configMap.name`));
    findings.push(...validateFiles(configMap, `${path}.configMap`));
  }
  if (secret) {
    if (!secret.secretName) findings.push(required(`${path}.secret.secretName`));
    findings.push(...validateFiles(secret, `${path}.secret`));
  }
  if (hostPath) findings.push(...validateHostPath(hostPath.path, `${path}.hostPath.path`));
  if (persistentVolumeClaim && !persistentVolumeClaim.claimName) {
    findings.push(required(`${path}.persistentVolumeClaim.claimName`));
  }
  if (downwardAPI) findings.push(...validateMode(downwardAPI.defaultMode, `${path}.downwardAPI.defaultMode`));
  if (projected) findings.push(...validateProjected(projected, `${path}.projected`));
  if (emptyDir?.sizeLimit?.startsWith('-')) {
    findings.push(forbiddenField(`${path}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
  }
  return findings;
}

function validateProjected(projected: NonNullable<Volume['projected']>, path: string): FieldError[] {
  const findings = validateMode(projected.defaultMode, `${path}.defaultMode`);
  for (const [i, source] of (projected.sources ?? []).entries()) {
    const at = `${path}.sources[${i}]`;
    if (Object.values(source).filter((value) => value !== undefined).length > 1) {
      findings.push(forbiddenField(at, 'may not specify more than 1 volume type per source'));
    }
    if (source.secret && !source.secret.name) findings.push(required(`${at}.secret.name`));
    if (source.configMap && !source.configMap.name) findings.push(required(`${at}.configMap.name`));
    if (source.serviceAccountToken) {
      if (!source.serviceAccountToken.path) findings.push(required(`${at}.serviceAccountToken.path`));
      if ((source.serviceAccountToken.expirationSeconds ?? 3600) < 600) {
        const seconds = source.serviceAccountToken.expirationSeconds;
        const field = `${at}.serviceAccountToken.expirationSeconds`;
        findings.push(invalidValue(field, seconds, 'may not specify a duration less than 10 minutes'));
      }
    }
  }
  return findings;
}

interface ProjectedFiles {
  defaultMode?: number;
  items?: KeyToPath[];
}

function validateFiles({ defaultMode, items = [] }: ProjectedFiles, path: string): FieldError[] {
  const findings = validateMode(defaultMode, `${path}.defaultMode`);
  for (const [i, item] of items.entries()) {
    const at = `${path}.items[${i}]`;
    if (!item.key) findings.push(required(`${at}.key`));
    if (!item.path) findings.push(required(`${at}.path`));
    else findings.push(...validateLocalPath(item.path, `${at}.path`));
    findings.push(...validateMode(item.mode, `${at}.mode`));
  }
  return findings;
}

function validateMode(mode: number | undefined, field: string): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > 0o777) ? [invalidValue(field, mode, modeText)] : [];
}

function validateHostPath(path: string | undefined, field: string): FieldError[] {
  if (!path) return [required(field)];
  return path.split('/').includes('..') ? [invalidValue(field, path, "must not contain '..'")] : [];
}

/** The name of an object that a spec refers to. */
export function validateReferenceName(name: string, field: string): FieldError[] {
  return dnsSubdomainErrors(name).map((text) => invalidValue(field, name, text));
}
