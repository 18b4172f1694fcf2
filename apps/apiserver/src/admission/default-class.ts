import type { ApiObject } from '@orrery/api';

/** Of the classes that one of the annotations makes the default, the newest, then the first by name. */
export function defaultClassOf<T extends ApiObject>(
  classes: readonly T[],
  annotations: readonly string[],
): T | undefined {
  return classes
    .filter(({ metadata }) => annotations.some((name) => metadata.annotations?.[name] === 'true'))
    .sort(({ metadata: a }, { metadata: b }) => {
      if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? 1 : -1;
      return a.name < b.name ? -1 : 1;
    })[0];
}
