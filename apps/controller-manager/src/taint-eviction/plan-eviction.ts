import type { Taint, Toleration } from '@orrery/api';
import { type Milliseconds, parseTime } from '@orrery/runtime';

/** What the NoExecute taints of its node mean for a pod. */
export type EvictionPlan =
  | { readonly kind: 'stay' }
  | { readonly kind: 'evict' }
  /** Tolerated for a while. */
  | { readonly kind: 'evict-in'; readonly delay: Milliseconds };

/** `since`: when a taint counts as added that does not say so itself, as none does that a person has set. */
export function planEviction(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  now: Milliseconds,
  since: Milliseconds = now,
): EvictionPlan {
  let deadline = Number.POSITIVE_INFINITY;
  for (const taint of taints.filter(({ effect }) => effect === 'NoExecute')) {
    const matching = tolerations.filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return { kind: 'evict' };
    const limits = matching.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
    if (limits.length === 0) continue;
    const added = parseTime(taint.timeAdded ?? '') ?? since;
    deadline = Math.min(deadline, added + Math.max(0, Math.min(...limits)) * 1000);
  }
  if (deadline === Number.POSITIVE_INFINITY) return { kind: 'stay' };
  return deadline <= now ? { kind: 'evict' } : { kind: 'evict-in', delay: deadline - now };
}

function tolerates({ key = '', operator, value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return key !== '' && value === (taint.value ?? '');
}
