import type { Milliseconds } from '@orrery/runtime';

/** What a reconciler says when it has ended without an error. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'requeue-after'; readonly delay: Milliseconds };

/** The observed state is as desired, or the next change of it will bring us back. Forgets earlier failures. */
export function done(): Outcome {
  return { kind: 'done' };
}

/** Look again in `delay` milliseconds even if nothing changes: for deadlines and expiries, never for polling. Forgets earlier failures. */
export function requeueAfter(delay: Milliseconds): Outcome {
  return { kind: 'requeue-after', delay };
}
