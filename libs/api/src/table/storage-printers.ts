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
  textColumn('Capacity', 'Size of the volume.', ({ spec }) => spec.capacity?.storage, '0'),
  textColumn('Access Modes', 'How the volume may be mounted.', ({ spec }) => accessModesText(spec.accessModes)),
  textColumn(
    'Reclaim Policy',
    'What happens when the claim is gone.',
    ({ spec }) => spec.persistentVolumeReclaimPolicy,
  ),
  textColumn('Status', 'Phase of the volume.', ({ metadata, status }) =>
    metadata.deletionTimestamp ? 'Terminating' : status.phase,
  ),
  textColumn('Claim', 'The claim that the volume is bound to.', ({ spec: { claimRef } }) =>
    claimRef ? `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}` : '',
  ),
  textColumn('StorageClass', 'StorageClass of the pv', classOf),
  textColumn(
    'VolumeAttributesClass',
    'VolumeAttributesClass of the pv',
    ({ spec }) => spec.volumeAttributesClassName,
    unset,
  ),
  textColumn('Reason', 'Why the volume is in a failed state.', ({ status }) => status.reason),
  ageColumn,
  wide(textColumn('VolumeMode', 'File system or block device.', ({ spec }) => spec.volumeMode, unset)),
);

export const persistentVolumeClaimPrinter = columnPrinter<PersistentVolumeClaim>(
  nameColumn,
  textColumn('Status', 'Phase of the claim.', ({ metadata, status }) =>
    metadata.deletionTimestamp ? 'Terminating' : status.phase,
  ),
  textColumn('Volume', 'The volume that the claim is bound to.', ({ spec }) => spec.volumeName),
  textColumn('Capacity', 'Size of the volume.', ({ spec, status }) =>
    spec.volumeName ? (status.capacity?.storage ?? '0') : '',
  ),
  textColumn('Access Modes', 'How the volume may be mounted.', ({ spec, status }) =>
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
  wide(textColumn('VolumeMode', 'File system or block device.', ({ spec }) => spec.volumeMode, unset)),
);

export const storageClassPrinter = columnPrinter<StorageClass>(
  {
    ...nameColumn,
    cell: (object) => nameWithDefault(object, ['storageclass.kubernetes.io', 'storageclass.beta.kubernetes.io']),
  },
  textColumn('Provisioner', 'Who makes the volumes.', ({ provisioner }) => provisioner),
  textColumn('ReclaimPolicy', 'What happens when the claim is gone.', ({ reclaimPolicy }) => reclaimPolicy, 'Delete'),
  textColumn('VolumeBindingMode', 'When volumes are bound.', ({ volumeBindingMode }) => volumeBindingMode, 'Immediate'),
  {
    ...flagColumn(
      'AllowVolumeExpansion',
      'Whether volumes may grow.',
      (storageClass: StorageClass) => storageClass.allowVolumeExpansion,
    ),
    type: 'string',
  },
  ageColumn,
);

export const volumeAttributesClassPrinter = columnPrinter<VolumeAttributesClass>(
  { ...nameColumn, cell: (object) => nameWithDefault(object, ['storageclass.kubernetes.io']) },
  textColumn('DriverName', 'The driver that the attributes are for.', ({ driverName }) => driverName),
  ageColumn,
);

export const volumeAttachmentPrinter = columnPrinter<VolumeAttachment>(
  nameColumn,
  {
    ...textColumn('Attacher', 'The driver that attaches.', ({ spec }: VolumeAttachment) => spec.attacher),
    format: 'name',
  },
  textColumn('PV', 'The volume.', ({ spec }) => spec.source?.persistentVolumeName),
  textColumn('Node', 'The node.', ({ spec }) => spec.nodeName),
  flagColumn('Attached', 'Whether the volume is attached.', ({ status }) => status.attached),
  ageColumn,
);

export const csiDriverPrinter = columnPrinter<CSIDriver>(
  nameColumn,
  flagColumn(
    'AttachRequired',
    'Whether volumes are attached before mounting.',
    ({ spec }) => spec.attachRequired,
    true,
  ),
  flagColumn('PodInfoOnMount', 'Whether the driver is told about the pod.', ({ spec }) => spec.podInfoOnMount),
  flagColumn('StorageCapacity', 'Whether the scheduler looks at capacity.', ({ spec }) => spec.storageCapacity),
  textColumn('TokenRequests', 'Audiences of the tokens that the driver gets.', ({ spec }) =>
    spec.tokenRequests ? spec.tokenRequests.map(({ audience }) => audience).join(',') : unset,
  ),
  flagColumn(
    'RequiresRepublish',
    'Whether volumes are published again and again.',
    ({ spec }) => spec.requiresRepublish,
  ),
  textColumn(
    'Modes',
    'Kinds of volumes that the driver offers.',
    ({ spec }) => spec.volumeLifecycleModes?.join(','),
    '<none>',
  ),
  ageColumn,
);

export const csiStorageCapacityPrinter = columnPrinter<CSIStorageCapacity>(
  nameColumn,
  textColumn('StorageClassName', 'The class that the capacity is for.', ({ storageClassName }) => storageClassName),
  textColumn('Capacity', 'What is left.', ({ capacity }) => capacity, unset),
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
