import type { Container, EphemeralContainer, PodSpec } from '../../generated/kinds.ts';

export interface PlacedContainer {
  readonly container: Container | EphemeralContainer;
  /** `spec.containers[0]` */
  readonly path: string;
}

/** All containers of a pod, in upstream's order: init containers, regular ones, ephemeral ones. */
export function containersOf(spec: PodSpec, path: string): PlacedContainer[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, i) => ({ container, path: `${path}.${list}[${i}]` })),
  );
}
