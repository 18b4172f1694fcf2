import { type FieldError, forbiddenField, invalidValue } from '@orrery/api';
import { type CompiledExpression, typeOfSchema } from '@orrery/cel';
import { celSchemaOf, childPath, itemsOf, keyPath, type Schema, valueSchemaOf } from '../schema/schema-node.ts';
import { compileRules } from './compiled-rules.ts';

/** Upstream's limits for estimates in cel-go's units: of one rule, and of all rules of a schema. */
const ruleCostMax = 10_000_000;
const schemaCostMax = 100_000_000;
/** Of the rules that make a schema too expensive, this many are named. */
const expensiveMax = 4;

interface Cost {
  readonly path: string;
  readonly cost: number;
}

/** Where a node stands in the schema. */
interface Place {
  readonly path: string;
  /** How often the node can occur in one object; `undefined` where nothing but the size of a request bounds it. */
  readonly count: number | undefined;
  /** The part of the schema above it whose old and new values cannot be told apart. */
  readonly uncorrelatable: string | undefined;
}

/** Do all rules of a schema compile, and are they cheap enough? For a schema that is right otherwise. */
export function validateRules(schema: Schema, path: string): FieldError[] {
  const validation = new RuleValidation();
  validation.node(schema, { path, count: 1, uncorrelatable: undefined }, true);
  return [...validation.errors, ...validation.totalErrors(path)];
}

class RuleValidation {
  readonly errors: FieldError[] = [];
  private readonly costs: Cost[] = [];

  node(schema: Schema, place: Place, isRoot: boolean): void {
    const { path, count, uncorrelatable } = place;
    const isAtomicMap = schema['x-kubernetes-map-type'] === 'atomic';
    const isMapList = schema['x-kubernetes-list-type'] === 'map';
    const below = uncorrelatable ?? (isAtomicMap ? path : undefined);
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      this.node(property, { path: keyPath(childPath(path, 'properties'), name), count, uncorrelatable: below }, false);
    }
    const values = valueSchemaOf(schema);
    if (values) {
      const at = childPath(path, 'additionalProperties');
      this.node(values, { path: at, count: times(count, schema.maxProperties), uncorrelatable: below }, false);
    }
    const items = itemsOf(schema);
    if (items) {
      const correlated = uncorrelatable ?? (isMapList ? undefined : path);
      const at = childPath(path, 'items');
      this.node(items, { path: at, count: times(count, schema.maxItems), uncorrelatable: correlated }, false);
    }
    this.rules(schema, place, isRoot);
  }

  totalErrors(path: string): FieldError[] {
    const total = this.costs.reduce((sum, { cost }) => sum + cost, 0);
    if (total <= schemaCostMax) return [];
    const expensive = [...this.costs].sort((a, b) => b.cost - a.cost).slice(0, expensiveMax);
    const detail = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const subject = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...expensive.map((cost) => forbiddenField(cost.path, detail)),
      forbiddenField(path, costText(subject, total, schemaCostMax)),
    ];
  }

  private rules(schema: Schema, { path, count, uncorrelatable }: Place, isRoot: boolean): void {
    for (const [i, compiled] of compileRules(schema, isRoot).entries()) {
      const at = `${childPath(path, 'x-kubernetes-validations')}[${i}]`;
      const { rule, program, problem, message, messageProblem, usesOldSelf } = compiled;
      const occurrences = count ?? occurrencesMax(schema);
      this.cost(program, occurrences, `${at}.rule`, 'estimated rule cost');
      if (problem !== undefined) this.errors.push(invalidValue(`${at}.rule`, rule, problem));
      if (messageProblem !== undefined) this.errors.push(invalidValue(`${at}.messageExpression`, rule, messageProblem));
      this.cost(message, occurrences, `${at}.messageExpression`, 'estimated messageExpression cost');
      if (usesOldSelf && uncorrelatable !== undefined) {
        const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
        this.errors.push(invalidValue(`${at}.rule`, rule.rule, detail));
      } else if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
        const detail = 'may not be set if oldSelf is not used in rule';
        this.errors.push(invalidValue(`${at}.optionalOldSelf`, rule.optionalOldSelf, detail));
      }
    }
  }

  private cost(program: CompiledExpression | undefined, occurrences: number, path: string, subject: string): void {
    if (!program) return;
    const { max } = program.estimateCost();
    const cost = max === 0 ? 0 : max * occurrences;
    if (cost > ruleCostMax) this.errors.push(forbiddenField(path, costText(subject, cost, ruleCostMax)));
    this.costs.push({ path, cost });
  }
}

function times(count: number | undefined, countMax: number | undefined): number | undefined {
  return count === undefined || countMax === undefined ? undefined : count * countMax;
}

/** How many of these values fit into the largest request. */
function occurrencesMax(schema: Schema): number {
  const list = typeOfSchema(celSchemaOf({ type: 'array', items: schema }));
  return list?.kind === 'list' ? (list.countMax ?? 1) : 1;
}

function costText(subject: string, cost: number, costMax: number): string {
  const factor = cost / costMax;
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${subject} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
