import type { LabelSelector } from '../generated/kinds.ts';
import { type LabelOperator, LabelRequirement } from './label-requirement.ts';
import { LabelSelectorParser } from './label-selector-parser.ts';
import { SelectorError } from './selector-error.ts';

/** Chooses objects by their labels. */
export interface LabelMatcher {
  matches(labels: Readonly<Record<string, string>> | undefined): boolean;
  /** True where it matches everything. */
  readonly empty: boolean;
  /** The text form, with the requirements in order of their keys. */
  toString(): string;
}

class Requirements implements LabelMatcher {
  private readonly requirements: readonly LabelRequirement[];

  constructor(requirements: readonly LabelRequirement[]) {
    this.requirements = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }

  get empty(): boolean {
    return this.requirements.length === 0;
  }

  matches(labels: Readonly<Record<string, string>> = {}): boolean {
    return this.requirements.every((requirement) => requirement.matches(labels));
  }

  toString(): string {
    return this.requirements.join(',');
  }
}

const everything: LabelMatcher = new Requirements([]);
const nothing: LabelMatcher = { matches: () => false, empty: false, toString: () => '' };

/** Parses `a=b,c in (d,e),!f`. Throws `SelectorError` with upstream's text. */
export function parseLabelSelector(text: string): LabelMatcher {
  return text === '' ? everything : new Requirements(new LabelSelectorParser(text).parse());
}

/** The selector of an object's spec: `undefined` selects nothing, `{}` everything. Throws `SelectorError`. */
export function labelSelectorMatcher(selector: LabelSelector | undefined): LabelMatcher {
  if (selector === undefined) return nothing;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return new Requirements([
    ...Object.entries(matchLabels).map(([key, value]) => LabelRequirement.of(key, '=', [value])),
    ...matchExpressions.map(({ key, operator, values = [] }) => LabelRequirement.of(key, operatorOf(operator), values)),
  ]);
}

/** A plain map as selector, as services have it: `undefined` and `{}` match everything here; the caller decides otherwise. */
export function labelSetMatcher(labels: Readonly<Record<string, string>> | undefined): LabelMatcher {
  return labelSelectorMatcher({ matchLabels: { ...labels } });
}

function operatorOf(operator: string): LabelOperator {
  switch (operator) {
    case 'In':
      return 'in';
    case 'NotIn':
      return 'notin';
    case 'Exists':
      return 'exists';
    case 'DoesNotExist':
      return '!';
    default:
      throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`);
  }
}
