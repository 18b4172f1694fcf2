import { type Pod, type PodSecurityStandard, podViolations, standardText, violationReasons } from '@orrery/api';

/** Pods of a namespace that are looked at when its policy becomes stricter. */
const podsMax = 3_000;

/** What to tell somebody who makes a namespace stricter than its pods are: one line for each kind of violation. */
export function existingPodWarnings(namespace: string, pods: readonly Pod[], standard: PodSecurityStandard): string[] {
  const namesByReasons = new Map<string, string[]>();
  for (const pod of pods.slice(0, podsMax)) {
    const reasons = violationReasons(podViolations(pod, standard));
    if (reasons === '') continue;
    namesByReasons.set(reasons, [...(namesByReasons.get(reasons) ?? []), pod.metadata.name].sort());
  }
  const lines = [...namesByReasons].map(([reasons, names]) => `${namesText(names)}: ${reasons}`).sort();
  const head = `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(standardText(standard))}`;
  return [...unchecked(pods.length), ...(lines.length > 0 ? [head] : []), ...lines];
}

function unchecked(count: number): string[] {
  if (count <= podsMax) return [];
  return [`new PodSecurity enforce level only checked against the first ${podsMax} of ${count} existing pods`];
}

function namesText([first = '', ...others]: readonly string[]): string {
  if (others.length === 0) return first;
  return others.length === 1 ? `${first} (and 1 other pod)` : `${first} (and ${others.length} other pods)`;
}
