import { Quantity } from '../quantity/quantity.ts';
import type { Amounts } from './amounts.ts';
import type { QuotaEvaluator, QuotaWrite } from './quota-evaluator.ts';

export const one = Quantity.of(1);

/** `count/deployments.apps`: the resource that counts the objects of a kind. */
export function objectCountName({ group, resource }: { readonly group: string; readonly resource: string }): string {
  return group === '' ? `count/${resource}` : `count/${resource}.${group}`;
}

/** Kinds of which only the number counts. */
export class ObjectCountEvaluator implements QuotaEvaluator {
  private readonly counted: Amounts;

  constructor(private readonly names: readonly string[]) {
    this.counted = new Map(names.map((name) => [name, one]));
  }

  matchingResources(names: readonly string[]): string[] {
    return names.filter((name) => this.names.includes(name));
  }

  handles({ operation, subresource }: QuotaWrite): boolean {
    return operation === 'CREATE' && subresource === '';
  }

  usage(): Amounts {
    return this.counted;
  }

  matchesScope(): boolean {
    return false;
  }

  missing(): undefined {
    return undefined;
  }
}
