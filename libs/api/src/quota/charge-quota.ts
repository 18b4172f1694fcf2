import type { ResourceQuota } from '../generated/kinds.ts';
import { type Amounts, addAmounts, amountsText, excessOf, onlyNamed, parseAmounts, withoutZeros } from './amounts.ts';
import type { QuotaEvaluator, QuotaWrite } from './quota-evaluator.ts';
import { isInScopes } from './quota-scopes.ts';

/** What a quota says to a write. */
export type QuotaAnswer =
  /** It does not count, or uses nothing more. */
  | { readonly kind: 'free' }
  /** `used` is the quota's usage once it has happened, `added` what is new in it. */
  | { readonly kind: 'charged'; readonly used: Amounts; readonly added: Amounts }
  /** `detail` as the error says it. */
  | { readonly kind: 'refused'; readonly detail: string };

const free: QuotaAnswer = { kind: 'free' };

/** Does the quota count objects like this one? */
export function quotaCovers(quota: ResourceQuota, evaluator: QuotaEvaluator, { object }: QuotaWrite): boolean {
  return trackedBy(quota, evaluator).length > 0 && isInScopes(quota, evaluator, object);
}

/** Why a quota that covers the object refuses it whatever it uses: it states too little, or the quota has not been counted yet. */
export function quotaProblem(quota: ResourceQuota, evaluator: QuotaEvaluator, write: QuotaWrite): string | undefined {
  const tracked = trackedBy(quota, evaluator);
  const { name } = quota.metadata;
  const missing = evaluator.missing(tracked, write.object);
  if (missing !== undefined) return `failed quota: ${name}: ${missing}`;
  const counted = quota.status?.used ?? {};
  if (tracked.every((resource) => resource in counted)) return undefined;
  return `status unknown for quota: ${name}, resources: ${[...tracked].sort().join(',')}`;
}

/** Adds to a quota what the write uses more than before. */
export function chargeQuota(
  quota: ResourceQuota,
  evaluator: QuotaEvaluator,
  write: QuotaWrite,
  now: number,
): QuotaAnswer {
  if (!quotaCovers(quota, evaluator, write)) return free;
  const wanted = evaluator.usage(write.object, now);
  const negative = [...wanted].filter(([, amount]) => amount.sign() < 0).map(([name]) => name);
  if (negative.length > 0) {
    return { kind: 'refused', detail: `quota usage is negative for resource(s): ${negative.sort().join(',')}` };
  }
  const hard = parseAmounts(quota.status?.hard);
  const requested = onlyNamed(withoutZeros(addedUsage(quota, evaluator, write, wanted, now)), hard.keys());
  if (requested.size === 0) return free;
  const before = parseAmounts(quota.status?.used);
  const used = addAmounts(before, requested);
  const exceeded = [...requested.keys()].filter((name) => isOver(used, hard, name));
  if (exceeded.length === 0 || write.subresource === 'status') {
    return { kind: 'charged', used, added: requested };
  }
  const [asked, had, limit] = [requested, before, hard].map((amounts) => amountsText(onlyNamed(amounts, exceeded)));
  const detail = `exceeded quota: ${quota.metadata.name}, requested: ${asked}, used: ${had}, limited: ${limit}`;
  return { kind: 'refused', detail };
}

function trackedBy(quota: ResourceQuota, evaluator: QuotaEvaluator): string[] {
  return evaluator.matchingResources(Object.keys(quota.status?.hard ?? {}));
}

/** An update costs the difference, where the object counted before. */
function addedUsage(
  quota: ResourceQuota,
  evaluator: QuotaEvaluator,
  { operation, old }: QuotaWrite,
  wanted: Amounts,
  now: number,
): Amounts {
  if (operation === 'CREATE' || old === undefined || !isInScopes(quota, evaluator, old)) return wanted;
  return excessOf(wanted, evaluator.usage(old, now));
}

function isOver(used: Amounts, hard: Amounts, name: string): boolean {
  const [amount, limit] = [used.get(name), hard.get(name)];
  return amount !== undefined && limit !== undefined && amount.compare(limit) > 0;
}
