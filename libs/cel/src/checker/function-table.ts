import type { CelOverload } from '../library/cel-function.ts';

/** All functions of an environment by name and style of call. */
export class FunctionTable {
  private readonly byCall = new Map<string, CelOverload[]>();
  private readonly names = new Set<string>();

  constructor(readonly overloads: readonly CelOverload[]) {
    for (const overload of overloads) {
      const key = keyOf(overload.name, overload.member);
      const same = this.byCall.get(key);
      if (same === undefined) this.byCall.set(key, [overload]);
      else same.push(overload);
      this.names.add(overload.name);
    }
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  /** Overloads with that name that are called on a target, or without one. */
  of(name: string, member: boolean): readonly CelOverload[] {
    return this.byCall.get(keyOf(name, member)) ?? [];
  }
}

function keyOf(name: string, member: boolean): string {
  return member ? `.${name}` : name;
}
