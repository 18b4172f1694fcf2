import {
  type ApiObject,
  deepEqual,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  type ValidationRule,
} from '@orrery/api';
import {
  type Activation,
  CelRuntimeError,
  CostBudget,
  CostExceededError,
  OptionalValue,
  valueOfSchema,
} from '@orrery/cel';
import { resolveFieldPath } from '../schema/resolve-field-path.ts';
import {
  celSchemaOf,
  childPath,
  isEmbedded,
  isJsonObject,
  itemsOf,
  keyPath,
  propertyOf,
  type Schema,
  valueSchemaOf,
} from '../schema/schema-node.ts';
import { listItemKey } from '../validation/list-uniqueness.ts';
import { type CompiledRule, compileRules } from './compiled-rules.ts';

/** Upstream's limits in cel-go's units: of one rule, and of all rules for one object. */
const ruleCostMax = 1_000_000;
const objectCostMax = 10_000_000;
const messageLengthMax = 5 * 1024;

/** The value before an update, where it can be told which it was. */
type Old = { readonly value: unknown } | undefined;

/** The `x-kubernetes-validations` of a schema, compiled. */
export class SchemaRules {
  private constructor(private readonly root: RuleNode) {}

  /** `undefined` where the schema has none. */
  static of(schema: Schema): SchemaRules | undefined {
    const root = ruleNode(schema, true);
    return root && new SchemaRules(root);
  }

  /** `old`: before an update. What is unchanged may go on breaking rules that came later. */
  validate(object: ApiObject, old: ApiObject | undefined): FieldError[] {
    const run = new RuleRun();
    run.node(this.root, object, old && { value: old }, '', false);
    return run.errors;
  }
}

/** A schema node with rules in it or below it. */
interface RuleNode {
  readonly schema: Schema;
  readonly isRoot: boolean;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly values: RuleNode | undefined;
  readonly items: RuleNode | undefined;
}

function ruleNode(schema: Schema, isRoot: boolean): RuleNode | undefined {
  const properties = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const node = ruleNode(property, false);
    if (node) properties.set(name, node);
  }
  const values = valueSchemaOf(schema);
  const items = itemsOf(schema);
  const node = {
    schema,
    isRoot: isRoot || isEmbedded(schema),
    rules: compileRules(schema, isRoot),
    properties,
    values: values && ruleNode(values, false),
    items: items && ruleNode(items, false),
  };
  const isNeeded = node.rules.length > 0 || properties.size > 0 || node.values || node.items;
  return isNeeded ? node : undefined;
}

/** One object on its way through all rules. */
class RuleRun {
  readonly errors: FieldError[] = [];
  private spent = 0;
  private exhausted = false;

  node(node: RuleNode, value: unknown, old: Old, path: string, unchanged: boolean): void {
    if (value === null || value === undefined || this.exhausted) return;
    const same = unchanged || (old !== undefined && deepEqual(value, old.value));
    this.rules(node, value, old, path, same);
    if (Array.isArray(value)) this.items(node, value, old, path, same);
    else if (isJsonObject(value)) this.fields(node, value, old, path, same);
  }

  private items({ schema, items }: RuleNode, list: readonly unknown[], old: Old, path: string, same: boolean): void {
    if (!items) return;
    const keys = schema['x-kubernetes-list-map-keys'] ?? [];
    const isMap = schema['x-kubernetes-list-type'] === 'map' && Array.isArray(old?.value);
    const before = new Map(isMap ? (old.value as unknown[]).map((item) => [listItemKey(item, keys), item]) : []);
    for (const [i, item] of list.entries()) {
      const key = isMap ? listItemKey(item, keys) : '';
      this.node(items, item, isMap && before.has(key) ? { value: before.get(key) } : undefined, `${path}[${i}]`, same);
    }
  }

  private fields(node: RuleNode, object: Record<string, unknown>, old: Old, path: string, same: boolean): void {
    const isAtomic = node.schema['x-kubernetes-map-type'] === 'atomic';
    const before = !isAtomic && isJsonObject(old?.value) ? old.value : undefined;
    for (const [name, field] of Object.entries(object)) {
      const isProperty = propertyOf(node.schema, name) !== undefined;
      const below = isProperty ? node.properties.get(name) : node.values;
      if (!below) continue;
      const oldField = before && Object.hasOwn(before, name) ? { value: before[name] } : undefined;
      this.node(below, field, oldField, isProperty ? childPath(path, name) : keyPath(path, name), same);
    }
  }

  private rules({ rules, schema, isRoot }: RuleNode, value: unknown, old: Old, path: string, same: boolean): void {
    if (rules.length === 0) return;
    const celSchema = celSchemaOf(schema);
    const self = valueOfSchema(value, celSchema, isRoot);
    const before =
      old && old.value !== null && old.value !== undefined ? valueOfSchema(old.value, celSchema, isRoot) : undefined;
    for (const compiled of rules) {
      if (this.exhausted) return;
      const { rule, usesOldSelf } = compiled;
      if (usesOldSelf && before === undefined && !rule.optionalOldSelf) continue;
      const oldSelf = rule.optionalOldSelf ? optionalOf(before) : before;
      const activation: Activation = { self, ...(oldSelf !== undefined && { oldSelf }) };
      const finding = this.run(compiled, activation, schema, path);
      // What held nobody back before does not now, unless the rule is about the change itself.
      if (finding && (usesOldSelf || !same)) this.errors.push(finding);
    }
  }

  private run(compiled: CompiledRule, activation: Activation, schema: Schema, path: string): FieldError | undefined {
    const { rule, program, problem } = compiled;
    const at = path === '' ? '<nil>' : path;
    const shown = schema.type ?? '';
    if (!program) return invalidValue(at, shown, `rule compile error: ${problem ?? ''}`);
    const budget = new CostBudget(ruleCostMax);
    try {
      const holds = program.evaluate(activation, budget);
      if (!this.charge(budget)) return invalidValue(at, shown, outOfBudget);
      if (holds === true) return undefined;
    } catch (error) {
      if (!(error instanceof CelRuntimeError)) throw error;
      if (!this.charge(budget)) return invalidValue(at, shown, outOfBudget);
      return invalidValue(at, shown, this.failureText(error, rule));
    }
    const field = rule.fieldPath ? pathOf(rule.fieldPath, schema, path) : at;
    return findingOf(rule, field, shown, this.message(compiled, activation) ?? messageOf(rule));
  }

  private failureText(error: CelRuntimeError, rule: ValidationRule): string {
    const text = rule.message?.trim() || rule.rule.trim();
    if (error instanceof CostExceededError) {
      this.exhausted = true;
      return `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${text}`;
    }
    if (error.message.startsWith('no such overload')) {
      return `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${text}`;
    }
    return `${error.message} evaluating rule: ${text}`;
  }

  /** A message that cannot be made, or is none, gives way to the fixed one. */
  private message({ message }: CompiledRule, activation: Activation): string | undefined {
    if (!message) return undefined;
    const budget = new CostBudget(ruleCostMax);
    try {
      const text = message.evaluate(activation, budget);
      this.charge(budget);
      if (typeof text !== 'string' || text.trim() === '') return undefined;
      return text.length > messageLengthMax || /[\n\r]/.test(text) ? undefined : text.trim();
    } catch (error) {
      if (!(error instanceof CelRuntimeError)) throw error;
      return undefined;
    }
  }

  private charge(budget: CostBudget): boolean {
    this.spent += budget.spent;
    this.exhausted ||= this.spent > objectCostMax;
    return !this.exhausted;
  }
}

const outOfBudget = 'validation failed due to running out of cost budget, no further validation rules will be run';

function optionalOf(value: ReturnType<typeof valueOfSchema> | undefined): OptionalValue {
  return value === undefined ? OptionalValue.none : OptionalValue.of(value);
}

function messageOf(rule: ValidationRule): string {
  return rule.message ? rule.message.trim() : `failed rule: ${rule.rule.trim()}`;
}

function pathOf(fieldPath: string, schema: Schema, path: string): string {
  const resolved = resolveFieldPath(fieldPath, schema, true);
  return typeof resolved === 'string' ? path : resolved.names.reduce(childPath, path);
}

function findingOf({ reason }: ValidationRule, field: string, shown: string, detail: string): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenField(field, detail);
    case 'FieldValueRequired':
      return required(field, detail);
    case 'FieldValueDuplicate':
      return { type: 'duplicate', field, badValue: shown, detail };
    default:
      return invalidValue(field, shown, detail);
  }
}
