import type { LabelSelector } from '../generated/kinds.ts';
import { labelSelectorMatcher } from '../selectors/label-selector.ts';
import { SelectorError } from '../selectors/selector-error.ts';

/** Labels as `a=b,c=d`, sorted; `<none>` without any. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',');
}

/** A label selector in the grammar of `kubectl -l`; `<none>` where it selects everything or is absent. */
export function selectorText(selector: LabelSelector | undefined): string {
  const text = requirementsText(selector);
  return text === undefined ? '<error>' : text || '<none>';
}

/** As `selectorText`, but nothing at all for an empty selector, and `undefined` for one that is not valid. */
export function requirementsText(selector: LabelSelector | undefined): string | undefined {
  try {
    return labelSelectorMatcher(selector).toString();
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}
