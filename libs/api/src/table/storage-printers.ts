import { described } from '../generated/column-descriptions.ts';
import type {
  CSIDriver,
  CSIStorageCapacity,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../generated/kinds.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { ageColumn, columnPrinter, flagColumn, nameColumn, textColumn, wide } from './printer.ts';

const unset = '<unset>';
const legacyClassAnnotation = 'volume.beta.kubernetes.io/storage-class';
const accessModeNames: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

export const persistentVolumePrinter = columnPrinter<PersistentVolume>(
  nameColumn,
  textColumn(
    'Capacity',
    described['api.core.v1.PersistentVolumeSpec.capacity'],
    ({ spec }) => spec.capacity?.storage,
    '0',
  ),
  textColumn('Access Modes', described['api.core.v1.PersistentVolumeSpec.accessModes'], ({ spec }) =>
    accessModesText(spec.accessModes),
  ),
  textColumn(
    'Reclaim Policy',
    described['api.core.v1.PersistentVolumeSpec.persistentVolumeReclaimPolicy'],
    ({ spec }) => spec.persistentVolumeReclaimPolicy,
  ),
  textColumn('Status', described['api.core.v1.PersistentVolumeStatus.phase'], ({ metadata, status }) =>
    metadata.deletionTimestamp ? 'Terminating' : status.phase,
  ),
  textColumn('Claim', described['api.core.v1.PersistentVolumeSpec.claimRef'], ({ spec: { claimRef } }) =>
    claimRef ? `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}` : '',
  ),
  textColumn('StorageClass', 'StorageClass of the pv', classOf),
  textColumn(
    'VolumeAttributesClass',
    'VolumeAttributesClass of the pv',
    ({ spec }) => spec.volumeAttributesClassName,
    unset,
  ),
  textColumn('Reason', described['api.core.v1.PersistentVolumeStatus.reason'], ({ status }) => status.reason),
  ageColumn,
  wide(
    textColumn(
      'VolumeMode',
      described['api.core.v1.PersistentVolumeSpec.volumeMode'],
      ({ spec }) => spec.volumeMode,
      unset,
    ),
  ),
);

export const persistentVolumeClaimPrinter = columnPrinter<PersistentVolumeClaim>(
  nameColumn,
  textColumn('Status', described['api.core.v1.PersistentVolumeClaimStatus.phase'], ({ metadata, status }) =>
    metadata.deletionTimestamp ? 'Terminating' : status.phase,
  ),
  textColumn('Volume', described['api.core.v1.PersistentVolumeClaimSpec.volumeName'], ({ spec }) => spec.volumeName),
  textColumn('Capacity', described['api.core.v1.PersistentVolumeClaimStatus.capacity'], ({ spec, status }) =>
    spec.volumeName ? (status.capacity?.storage ?? '0') : '',
  ),
  textColumn('Access Modes', described['api.core.v1.PersistentVolumeClaimStatus.accessModes'], ({ spec, status }) =>
    spec.volumeName ? accessModesText(status.accessModes) : '',
  ),
  textColumn('StorageClass', 'StorageClass of the pvc', classOf),
  textColumn(
    'VolumeAttributesClass',
    'VolumeAttributesClass of the pvc',
    ({ spec }) => spec.volumeAttributesClassName,
    unset,
  ),
  ageColumn,
  wide(
    textColumn(
      'VolumeMode',
      described['api.core.v1.PersistentVolumeClaimSpec.volumeMode'],
      ({ spec }) => spec.volumeMode,
      unset,
    ),
  ),
);

export const storageClassPrinter = columnPrinter<StorageClass>(
  {
    ...nameColumn,
    cell: (object) => nameWithDefault(object, ['storageclass.kubernetes.io', 'storageclass.beta.kubernetes.io']),
  },
  textColumn('Provisioner', described['api.storage.v1.StorageClass.provisioner'], ({ provisioner }) => provisioner),
  textColumn(
    'ReclaimPolicy',
    described['api.storage.v1.StorageClass.reclaimPolicy'],
    ({ reclaimPolicy }) => reclaimPolicy,
    'Delete',
  ),
  textColumn(
    'VolumeBindingMode',
    described['api.storage.v1.StorageClass.volumeBindingMode'],
    ({ volumeBindingMode }) => volumeBindingMode,
    'Immediate',
  ),
  {
    ...flagColumn(
      'AllowVolumeExpansion',
      described['api.storage.v1.StorageClass.allowVolumeExpansion'],
      (storageClass: StorageClass) => storageClass.allowVolumeExpansion,
    ),
    type: 'string',
  },
  ageColumn,
);

export const volumeAttributesClassPrinter = columnPrinter<VolumeAttributesClass>(
  { ...nameColumn, cell: (object) => nameWithDefault(object, ['storageclass.kubernetes.io']) },
  textColumn(
    'DriverName',
    described['api.storage.v1.VolumeAttributesClass.driverName'],
    ({ driverName }) => driverName,
  ),
  ageColumn,
);

export const volumeAttachmentPrinter = columnPrinter<VolumeAttachment>(
  nameColumn,
  {
    ...textColumn(
      'Attacher',
      described['api.storage.v1.VolumeAttachmentSpec.attacher'],
      ({ spec }: VolumeAttachment) => spec.attacher,
    ),
    format: 'name',
  },
  textColumn(
    'PV',
    described['api.storage.v1.VolumeAttachmentSource.persistentVolumeName'],
    ({ spec }) => spec.source?.persistentVolumeName,
  ),
  textColumn('Node', described['api.storage.v1.VolumeAttachmentSpec.nodeName'], ({ spec }) => spec.nodeName),
  flagColumn('Attached', described['api.storage.v1.VolumeAttachmentStatus.attached'], ({ status }) => status.attached),
  ageColumn,
);

export const csiDriverPrinter = columnPrinter<CSIDriver>(
  nameColumn,
  flagColumn(
    'AttachRequired',
    described['api.storage.v1.CSIDriverSpec.attachRequired'],
    ({ spec }) => spec.attachRequired,
    true,
  ),
  flagColumn(
    'PodInfoOnMount',
    described['api.storage.v1.CSIDriverSpec.podInfoOnMount'],
    ({ spec }) => spec.podInfoOnMount,
  ),
  flagColumn(
    'StorageCapacity',
    described['api.storage.v1.CSIDriverSpec.storageCapacity'],
    ({ spec }) => spec.storageCapacity,
  ),
  textColumn('TokenRequests', described['api.storage.v1.CSIDriverSpec.tokenRequests'], ({ spec }) =>
    spec.tokenRequests ? spec.tokenRequests.map(({ audience }) => audience).join(',') : unset,
  ),
  flagColumn(
    'RequiresRepublish',
    described['api.storage.v1.CSIDriverSpec.requiresRepublish'],
    ({ spec }) => spec.requiresRepublish,
  ),
  textColumn(
    'Modes',
    described['api.storage.v1.CSIDriverSpec.volumeLifecycleModes'],
    ({ spec }) => spec.volumeLifecycleModes?.join(','),
    '<none>',
  ),
  ageColumn,
);

export const csiStorageCapacityPrinter = columnPrinter<CSIStorageCapacity>(
  nameColumn,
  textColumn(
    'StorageClassName',
    described['api.storage.v1.CSIStorageCapacity.storageClassName'],
    ({ storageClassName }) => storageClassName,
  ),
  textColumn('Capacity', described['api.storage.v1.CSIStorageCapacity.capacity'], ({ capacity }) => capacity, unset),
);

/** `RWO,ROX,RWX,RWOP`, each once, in this order. */
function accessModesText(modes: readonly string[] | undefined): string {
  const names = Object.entries(accessModeNames).filter(([mode]) => modes?.includes(mode));
  return names.map(([, name]) => name).join(',');
}

function classOf({ metadata, spec }: PersistentVolume | PersistentVolumeClaim): string | undefined {
  return metadata.annotations?.[legacyClassAnnotation] ?? spec.storageClassName;
}

function nameWithDefault({ metadata }: ApiObject, prefixes: readonly string[]): string {
  const isDefault = prefixes.some((prefix) => metadata.annotations?.[`${prefix}/is-default-class`] === 'true');
  return isDefault ? `${metadata.name} (default)` : metadata.name;
}
