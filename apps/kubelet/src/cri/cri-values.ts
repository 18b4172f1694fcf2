import type * as cri from '@orrery/proto/cri';

/** CRI's timestamps are nanoseconds; 0 means never. */
export function millisecondsOf(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n);
}

/** An image by its reference. */
export function imageSpec(image: string): cri.ImageSpec {
  return { image, annotations: {}, userSpecifiedImage: image, runtimeHandler: '', imageRef: '' };
}
