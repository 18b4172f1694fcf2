import { type CelType, types } from './cel-type.ts';

/** What the parameters of signatures stand for, as far as the checker knows by now. */
export class TypeBindings {
  private bound = new Map<string, CelType>();
  private created = 0;

  /** A parameter that nothing else uses. */
  fresh(): CelType {
    this.created += 1;
    return types.parameter(`_var${this.created}`);
  }

  /** Can a value of `found` be used as `wanted`? Binds parameters of both; leaves no trace where the answer is no. */
  assign(wanted: CelType, found: CelType): boolean {
    const before = new Map(this.bound);
    if (this.unify(wanted, found)) return true;
    this.bound = before;
    return false;
  }

  assignAll(wanted: readonly CelType[], found: readonly CelType[]): boolean {
    const before = new Map(this.bound);
    if (wanted.every((type, index) => this.unify(type, found[index] ?? types.error))) return true;
    this.bound = before;
    return false;
  }

  /** The type with its parameters replaced; a parameter that nothing has bound becomes `dyn` where `final`. */
  resolve(type: CelType, final = false): CelType {
    switch (type.kind) {
      case 'parameter': {
        const bound = this.bound.get(type.name);
        if (bound !== undefined) return this.resolve(bound, final);
        return final ? types.dyn : type;
      }
      case 'list':
        return { ...type, element: this.resolve(type.element, final) };
      case 'map':
        return { ...type, key: this.resolve(type.key, final), value: this.resolve(type.value, final) };
      case 'optional':
        return types.optional(this.resolve(type.element, final));
      case 'type':
        return types.type(this.resolve(type.of, final));
      default:
        return type;
    }
  }

  private unify(left: CelType, right: CelType): boolean {
    const wanted = this.shallow(left);
    const found = this.shallow(right);
    if (wanted === found) return true;
    if (wanted.kind === 'parameter') return this.bind(wanted.name, found);
    if (found.kind === 'parameter') return this.bind(found.name, wanted);
    if (isLoose(wanted) || isLoose(found)) return true;
    if (wanted.kind !== found.kind) return isNullable(wanted, found) || isNullable(found, wanted);
    return this.unifySame(wanted, found);
  }

  private unifySame(wanted: CelType, found: CelType): boolean {
    if (wanted.kind === 'list' && found.kind === 'list') return this.unify(wanted.element, found.element);
    if (wanted.kind === 'optional' && found.kind === 'optional') return this.unify(wanted.element, found.element);
    if (wanted.kind === 'map' && found.kind === 'map') {
      return this.unify(wanted.key, found.key) && this.unify(wanted.value, found.value);
    }
    if (wanted.kind === 'object' && found.kind === 'object') return wanted.name === found.name;
    if (wanted.kind === 'opaque' && found.kind === 'opaque') return wanted.name === found.name;
    return true;
  }

  private shallow(type: CelType): CelType {
    let current = type;
    while (current.kind === 'parameter') {
      const bound = this.bound.get(current.name);
      if (bound === undefined) return current;
      current = bound;
    }
    return current;
  }

  private bind(name: string, type: CelType): boolean {
    if (type.kind === 'parameter' && type.name === name) return true;
    if (this.contains(type, name)) return false;
    this.bound.set(name, type);
    return true;
  }

  private contains(type: CelType, name: string): boolean {
    const current = this.shallow(type);
    switch (current.kind) {
      case 'parameter':
        return current.name === name;
      case 'list':
      case 'optional':
        return this.contains(current.element, name);
      case 'map':
        return this.contains(current.key, name) || this.contains(current.value, name);
      case 'type':
        return this.contains(current.of, name);
      default:
        return false;
    }
  }
}

function isLoose(type: CelType): boolean {
  return type.kind === 'dyn' || type.kind === 'error';
}

/** Null is a value of the types that are messages in protobuf. */
function isNullable(type: CelType, other: CelType): boolean {
  if (other.kind !== 'null') return false;
  return ['object', 'opaque', 'timestamp', 'duration'].includes(type.kind);
}

/** Is the type known only when the expression runs? */
export function isDynamic(type: CelType): boolean {
  return isLoose(type);
}
