import type { LimitRange } from '../generated/kinds.ts';

/** A container's default limit is the largest allowed; its default request the default limit, else the smallest allowed. */
export function defaultLimitRange({ spec }: LimitRange): void {
  for (const item of spec.limits ?? []) {
    if (item.type !== 'Container') continue;
    item.default = { ...item.max, ...item.default };
    item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
  }
}
