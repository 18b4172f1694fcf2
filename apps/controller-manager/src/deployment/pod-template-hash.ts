import type { PodTemplateSpec } from '@orrery/api';
import { sameJson } from '../conditions/same-json.ts';

export const podTemplateHashLabel = 'pod-template-hash';

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A short name for a pod template, the same for equal templates. `collisionCount` gives another one where the name is taken. The
 * form is upstream's (FNV-1a, 32 bits, in the alphabet without vowels); the input is the template's JSON with sorted keys.
 */
export function podTemplateHash(template: PodTemplateSpec, collisionCount: number): string {
  const suffix = collisionCount > 0 ? `#${collisionCount}` : '';
  const sum = fnv1a(canonicalJson(template) + suffix);
  return [...String(sum)].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}

/** Equal but for the label with the hash. */
export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return sameJson(withoutHash(a), withoutHash(b));
}

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { labels, creationTimestamp: _, ...metadata } = template?.metadata ?? ({} as Record<string, never>);
  const { [podTemplateHashLabel]: __, ...others } = (labels ?? {}) as Record<string, string>;
  return { metadata: { ...metadata, labels: others }, spec: template?.spec };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
    return Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
