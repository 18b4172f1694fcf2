import type { Volume } from '../generated/kinds.ts';
import { type CheckedPod, type PodCheck, plural, quoted, sortedSet, type Violation } from './check.ts';

const allowedSources: readonly (keyof Volume)[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

export function restrictedVolumes({ spec }: CheckedPod): Violation | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => allowedSources.every((source) => volume[source] === undefined));
  if (bad.length === 0) return undefined;
  const names = `${plural('volume', bad.length)} ${quoted(bad.map(({ name }) => name))}`;
  const types = sortedSet(bad.map(sourceOf));
  const uses = `${bad.length === 1 ? 'uses' : 'use'} ${plural('restricted volume type', types.length)} ${quoted(types)}`;
  return { reason: 'restricted volume types', detail: `${names} ${uses}` };
}

/** Only those sysctls that stay within the pod. */
export function sysctls(allowed: readonly string[]): PodCheck {
  return ({ spec }) => {
    const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !allowed.includes(name));
    return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
  };
}

function sourceOf({ name: _name, ...sources }: Volume): string {
  return Object.entries(sources).find(([, source]) => source !== undefined)?.[0] ?? 'unknown';
}
