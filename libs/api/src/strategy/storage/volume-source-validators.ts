import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../../errors/field-error.ts';
import type { PersistentVolumeSpec, Volume } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import { validateDescendingPath, validateNoBacksteps } from '../pod/path-validation.ts';

/** Validators of the sources that a volume may have, in the order in which upstream looks for them. */
export type SourceValidators<T> = {
  readonly [K in keyof T]?: (source: NonNullable<T[K]>, path: string) => FieldError[];
};

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const partitionText = 'must be between 1 and 255, inclusive';
const lunText = 'must be between 0 and 255, inclusive';
const byteMax = 255;
const quobyteText = 'must be a host:port pair or multiple pairs separated by commas';
const csiDriverNameLengthMax = 63;
const targetPortalLengthMax = 64;

/** Sources whose path in upstream's findings is not their name. */
const namesInPaths: Readonly<Record<string, string>> = { gcePersistentDisk: 'persistentDisk' };
const namesInSurplus: Readonly<Record<string, string>> = { downwardAPI: 'downwarAPI', cephfs: 'cephFS' };

/** Exactly one source, and that one well-formed. */
export function validateSources<T extends object>(
  volume: T,
  validators: SourceValidators<T>,
  path: string,
): FieldError[] {
  const findings: FieldError[] = [];
  let chosen = false;
  for (const name of Object.keys(validators) as (keyof T & string)[]) {
    const source = volume[name];
    if (source === undefined || source === null) continue;
    const inPath = chosen ? namesInSurplus[name] : namesInPaths[name];
    const field = `${path}.${inPath ?? name}`;
    if (chosen) findings.push(forbiddenField(field, 'may not specify more than 1 volume type'));
    else findings.push(...(validators[name]?.(source, field) ?? []));
    chosen = true;
  }
  if (!chosen) findings.push(required(path, 'must specify a volume type'));
  return findings;
}

type Sources = Required<Pick<Volume, Exclude<keyof Volume, 'name'>>>;
type PersistentSources = Required<PersistentVolumeSpec>;
type Validator<T> = (source: T, path: string) => FieldError[];

/** One finding for each of the named fields that is absent or empty. */
function requiring<T extends object>(...fields: readonly (keyof T & string)[]): Validator<T> {
  return (source, path) => fields.flatMap((field) => (isGiven(source[field]) ? [] : [required(`${path}.${field}`)]));
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** Validators that pods and persistent volumes share. */
export const volumeSourceValidators = {
  hostPath: ({ path: place, type }: Sources['hostPath'], path: string) => {
    if (!place) return [required(`${path}.path`)];
    return [...validateNoBacksteps(place, `${path}.path`), ...validateGivenChoice(type, hostPathTypes, `${path}.type`)];
  },
  gitRepo: (source: Sources['gitRepo'], path: string) => [
    ...requiring<Sources['gitRepo']>('repository')(source, path),
    ...validateDescendingPath(source.directory ?? '', `${path}.directory`),
  ],
  gcePersistentDisk: (source: Sources['gcePersistentDisk'], path: string) => [
    ...requiring<Sources['gcePersistentDisk']>('pdName')(source, path),
    ...validateByte(source.partition, `${path}.partition`, partitionText),
  ],
  awsElasticBlockStore: (source: Sources['awsElasticBlockStore'], path: string) => [
    ...requiring<Sources['awsElasticBlockStore']>('volumeID')(source, path),
    ...validateByte(source.partition, `${path}.partition`, partitionText),
  ],
  nfs: (source: Sources['nfs'], path: string) => [
    ...requiring<Sources['nfs']>('server', 'path')(source, path),
    ...(source.path?.startsWith('/')
      ? []
      : [invalidValue(`${path}.path`, source.path ?? '', 'must be an absolute path')]),
  ],
  iscsi: (source: Sources['iscsi'], path: string) =>
    validateIscsi(source, 'must be valid format starting with iqn, eui, or naa', path),
  glusterfs: requiring<Sources['glusterfs']>('endpoints', 'path'),
  flocker: ({ datasetName = '', datasetUUID = '' }: Sources['flocker'], path: string) => {
    const findings: FieldError[] = [];
    if (!datasetName && !datasetUUID) {
      findings.push(required(path, 'one of datasetName and datasetUUID is required'));
    }
    if (datasetName && datasetUUID) {
      const text = 'datasetName and datasetUUID can not be specified simultaneously';
      findings.push(invalidValue(path, 'resource', text));
    }
    if (datasetName.includes('/')) {
      findings.push(invalidValue(`${path}.datasetName`, datasetName, "must not contain '/'"));
    }
    return findings;
  },
  rbd: requiring<Pick<Sources['rbd'], 'monitors' | 'image'>>('monitors', 'image'),
  cinder: (source: Sources['cinder'], path: string) => [
    ...requiring<Sources['cinder']>('volumeID')(source, path),
    ...(source.secretRef && !source.secretRef.name ? [required(`${path}.secretRef.name`)] : []),
  ],
  cephfs: requiring<Pick<Sources['cephfs'], 'monitors'>>('monitors'),
  quobyte: validateQuobyte,
  fc: validateFibreChannel,
  flexVolume: (source: Pick<Sources['flexVolume'], 'driver' | 'options'>, path: string) => [
    ...(source.driver ? [] : [required(`${path}.driver`)]),
    ...Object.keys(source.options ?? {})
      .filter((key) => /\.(kubernetes|k8s)\.io$/.test(`.${key.split('/')[0]?.toLowerCase()}`) && key !== '')
      .map((key) => {
        const text = 'kubernetes.io and k8s.io namespaces are reserved';
        return invalidValue(`${path}.options[${key}]`, key, text);
      }),
  ],
  azureFile: requiring<Pick<Sources['azureFile'], 'secretName' | 'shareName'>>('secretName', 'shareName'),
  vsphereVolume: requiring<Sources['vsphereVolume']>('volumePath'),
  photonPersistentDisk: requiring<Sources['photonPersistentDisk']>('pdID'),
  portworxVolume: requiring<Sources['portworxVolume']>('volumeID'),
  azureDisk: validateAzureDisk,
  storageos: (source: Sources['storageos'], path: string) => [
    ...validateStorageOs(source, path),
    ...(source.secretRef && !source.secretRef.name ? [required(`${path}.secretRef.name`)] : []),
  ],
  scaleIO: requiring<Pick<Sources['scaleIO'], 'gateway' | 'system' | 'volumeName'>>('gateway', 'system', 'volumeName'),
};

function validateByte(value: number | undefined, field: string, text: string): FieldError[] {
  return value !== undefined && (value < 0 || value > byteMax) ? [invalidValue(field, value, text)] : [];
}

/** `prefixText` is what upstream says of a name that starts with none of the three forms. */
export function validateIscsi(
  source: Sources['iscsi'] | PersistentSources['iscsi'],
  prefixText: string,
  path: string,
): FieldError[] {
  const { targetPortal, iqn = '', lun, chapAuthDiscovery, chapAuthSession, secretRef, initiatorName } = source;
  const findings = targetPortal ? [] : [required(`${path}.targetPortal`)];
  if (iqn === '') findings.push(required(`${path}.iqn`));
  else findings.push(...invalidTexts(`${path}.iqn`, iqn, iscsiNameErrors(iqn, prefixText)));
  findings.push(...validateByte(lun, `${path}.lun`, lunText));
  if ((chapAuthDiscovery || chapAuthSession) && !secretRef) findings.push(required(`${path}.secretRef`));
  if (initiatorName === undefined) return findings;
  const texts = iscsiNameErrors(initiatorName, prefixText);
  return [...findings, ...invalidTexts(`${path}.initiatorname`, initiatorName, texts)];
}

function iscsiNameErrors(name: string, prefixText: string): string[] {
  if (!/^(iqn|eui|naa)/.test(name)) return [prefixText];
  const form = /^iqn\.\d{4}-\d{2}\.([a-zA-Z0-9.-]+)(:[^,;*&$|\s]+)$|^eui.[a-zA-Z0-9]{16}$|^naa.[a-zA-Z0-9]{32}$/;
  return form.test(name) ? [] : ['must be valid format'];
}

/** The portal and the volume's name together make a device name. */
export function validateTargetPortal(
  { initiatorName, targetPortal }: { initiatorName?: string; targetPortal?: string },
  volumeName: string,
  field: string,
  badValue: string,
): FieldError[] {
  if (initiatorName === undefined || `${volumeName}:${targetPortal}`.length <= targetPortalLengthMax) return [];
  const text =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
  return [invalidValue(field, badValue, text)];
}

function validateQuobyte({ registry, tenant = '', volume }: Sources['quobyte'], path: string): FieldError[] {
  const findings: FieldError[] = [];
  if (!registry) findings.push(required(`${path}.registry`, quobyteText));
  else if (tenant.length > 64) {
    findings.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  } else {
    const malformed = registry.split(',').filter((pair) => !/^(\[[^\]]*\]|[^:]*):[^:]*$/.test(pair));
    findings.push(...malformed.map(() => invalidValue(`${path}.registry`, registry, quobyteText)));
  }
  return volume ? findings : [...findings, required(`${path}.volume`)];
}

function validateFibreChannel({ targetWWNs = [], wwids = [], lun }: Sources['fc'], path: string): FieldError[] {
  const field = `${path}.targetWWNs`;
  const findings: FieldError[] = [];
  if (targetWWNs.length === 0 && wwids.length === 0) {
    findings.push(required(field, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    findings.push(invalidValue(field, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  }
  if (targetWWNs.length === 0) return findings;
  if (lun === undefined) findings.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'));
  return [...findings, ...validateByte(lun, `${path}.lun`, lunText)];
}

const managedDiskUri =
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const blobDiskUri = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

function validateAzureDisk({ diskName, diskURI = '', cachingMode, kind }: Sources['azureDisk'], path: string) {
  const field = `${path}.diskURI`;
  const findings = [
    ...(diskName ? [] : [required(`${path}.diskName`)]),
    ...(diskURI ? [] : [required(field)]),
    ...validateGivenChoice(cachingMode, ['None', 'ReadOnly', 'ReadWrite'], `${path}.cachingMode`),
    ...validateGivenChoice(kind, ['Dedicated', 'Managed', 'Shared'], `${path}.kind`),
  ];
  if (kind === 'Managed' && !diskURI.startsWith('/subscriptions/')) {
    findings.push(notSupported(field, diskURI, [managedDiskUri]));
  }
  if (kind !== undefined && kind !== 'Managed' && !diskURI.startsWith('https://')) {
    findings.push(notSupported(field, diskURI, [blobDiskUri]));
  }
  return findings;
}

export function validateStorageOs(
  { volumeName, volumeNamespace }: { volumeName?: string; volumeNamespace?: string },
  path: string,
): FieldError[] {
  const field = `${path}.volumeName`;
  return [
    ...(volumeName ? invalidTexts(field, volumeName, dnsLabelErrors(volumeName)) : [required(field)]),
    ...(volumeNamespace
      ? invalidTexts(`${path}.volumeNamespace`, volumeNamespace, dnsLabelErrors(volumeNamespace))
      : []),
  ];
}

export function validateCsiDriverName(driver: string | undefined, field: string): FieldError[] {
  const findings = driver ? [] : [required(field)];
  const name = driver ?? '';
  if (name.length > csiDriverNameLengthMax) findings.push(tooLong(field, csiDriverNameLengthMax));
  return [...findings, ...invalidTexts(field, name, dnsSubdomainErrors(name.toLowerCase()))];
}
