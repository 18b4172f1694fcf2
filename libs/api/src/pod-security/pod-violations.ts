import type { CheckedPod, PodCheck, Violation } from './check.ts';
import { type StandardCheck, standardChecks } from './checks.ts';
import type { PodSecurityStandard, PodSecurityVersion } from './policy.ts';

/** What a pod, or the template of one, does that a standard forbids. */
export function podViolations(pod: CheckedPod, standard: PodSecurityStandard): Violation[] {
  return checksOf(standard)
    .map((check) => check(pod))
    .filter((violation) => violation !== undefined);
}

/** `host namespaces, privileged` */
export function violationReasons(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(', ');
}

/** `host namespaces (hostPID=true), privileged (container "a" must not …)` */
export function violationDetails(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}

function checksOf({ level, version }: PodSecurityStandard): PodCheck[] {
  if (level === 'privileged') return [];
  const inLevel = standardChecks.filter((check) => level === 'restricted' || check.level === 'baseline');
  const current = inLevel
    .map((check) => ({ ...check, check: checkAt(check, version) }))
    .filter(({ check }) => check !== undefined);
  const needless = new Set(current.map(({ overrides }) => overrides));
  return current.flatMap(({ id, check }) => (check === undefined || needless.has(id) ? [] : [check]));
}

function checkAt({ since }: StandardCheck, version: PodSecurityVersion): PodCheck | undefined {
  const reached = version === 'latest' ? Number.POSITIVE_INFINITY : version;
  return since.findLast(([minor]) => minor <= reached)?.[1];
}
