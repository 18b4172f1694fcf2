import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  required,
  tooLong,
} from '../../errors/field-error.ts';
import type { VolumeAttachment } from '../../generated/kinds.ts';
import type { VolumeAttachmentSource, VolumeAttachmentStatus, VolumeError } from '../../generated/storage-v1.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { validateCsiDriverName } from './volume-source-validators.ts';

const metadataSizeMaxBytes = 256 * 1024;
const messageLengthMax = 1024;
const oneSourceText = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

export const volumeAttachmentRules: KindRules<VolumeAttachment> = {
  allowsUnconditionalUpdate: false,
  countsGenerations: true,
  prepareForCreate: (attachment) => {
    attachment.status = { attached: false };
  },
  validate: ({ spec, status }, old) => [
    ...(spec.attacher ? [] : [required('spec.attacher')]),
    ...validateSource(spec.source ?? {}, 'spec.source'),
    ...invalidTexts('spec.nodeName', spec.nodeName ?? '', dnsSubdomainErrors(spec.nodeName ?? '')),
    ...validateStatus(status),
    ...(old ? [] : validateCsiDriverName(spec.attacher, 'spec.attacher').filter(({ type }) => type !== 'required')),
  ],
  validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, 'spec'),
  validateStatusUpdate: ({ status }) => validateStatus(status),
};

function validateSource(
  { inlineVolumeSpec, persistentVolumeName }: VolumeAttachmentSource,
  path: string,
): FieldError[] {
  if (inlineVolumeSpec && persistentVolumeName !== undefined) return [forbiddenField(path, oneSourceText)];
  if (inlineVolumeSpec) return [];
  if (persistentVolumeName === undefined) return [required(path, oneSourceText)];
  const field = `${path}.persistentVolumeName`;
  if (persistentVolumeName === '') return [required(field, 'must specify non empty persistentVolumeName')];
  return invalidTexts(field, persistentVolumeName, dnsSubdomainErrors(persistentVolumeName));
}

function validateStatus({
  attachmentMetadata,
  attachError,
  detachError,
}: Partial<VolumeAttachmentStatus>): FieldError[] {
  const entries = Object.entries(attachmentMetadata ?? {});
  const sizeBytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...(sizeBytes > metadataSizeMaxBytes ? [tooLong('status.attachmentMetadata', metadataSizeMaxBytes)] : []),
    ...validateVolumeError(attachError, 'status.attachError'),
    ...validateVolumeError(detachError, 'status.detachError'),
  ];
}

function validateVolumeError(error: VolumeError | undefined, path: string): FieldError[] {
  const { message = '', errorCode = 0 } = error ?? {};
  return [
    // Upstream names the limit of the metadata here.
    ...(message.length > messageLengthMax ? [tooLong(`${path}.message`, metadataSizeMaxBytes)] : []),
    ...(errorCode < 0
      ? [invalidValue(`${path}.errorCode`, errorCode, 'must be between 0 and 2147483647, inclusive')]
      : []),
  ];
}
