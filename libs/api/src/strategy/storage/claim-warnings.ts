import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';

/** How a storage class was named before there was a field. */
export const betaStorageClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

export const deprecatedClassText = 'deprecated since v1.8; use "storageClassName" attribute instead';

export function warningsOfClaim({ metadata, spec }: PersistentVolumeClaim): string[] {
  const annotated = metadata.annotations?.[betaStorageClassAnnotation] !== undefined;
  return [
    ...(annotated ? [`metadata.annotations[${betaStorageClassAnnotation}]: ${deprecatedClassText}`] : []),
    ...warningsOfClaimSpec(spec, 'spec'),
  ];
}

export function warningsOfClaimSpec(spec: PersistentVolumeClaimSpec, path: string): string[] {
  return (['requests', 'limits'] as const).flatMap((kind) =>
    fractionWarnings(spec.resources?.[kind]?.storage, `${path}.resources.${kind}[storage]`),
  );
}

/** Bytes are counted whole. */
export function fractionWarnings(text: string | undefined, field: string): string[] {
  const amount = Quantity.tryParse(text ?? '');
  if (amount === undefined || amount.isWhole) return [];
  return [`${field}: fractional byte value ${JSON.stringify(amount.toString())} is invalid, must be an integer`];
}
