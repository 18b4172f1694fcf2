import {
  apiVersionOf,
  parseApiVersion,
  type ResourceInfo,
  type ResourceLookup,
  type ValidatingAdmissionPolicy,
} from '@orrery/api';
import {
  CelCompileError,
  type CelEnvironment,
  type CelSchema,
  type CelType,
  typeOfKind,
  typeOfSchema,
} from '@orrery/cel';
import { expressionEnvironment } from './expression-environment.ts';
import { PolicyVariables } from './policy-variables.ts';

/** Kinds that one policy is checked against. */
const kindsMax = 10;

/** What the check finds odd about one expression. */
export interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

interface CheckedKind {
  /** `apps/v1, Kind=Deployment`. */
  readonly name: string;
  readonly environment: CelEnvironment;
}

/**
 * Checks the validations of a policy against the kinds that its rules name, which the policy itself leaves open. For what it finds nothing is
 * refused.
 */
export function typeWarnings(policy: ValidatingAdmissionPolicy, table: ResourceLookup): ExpressionWarning[] {
  const kinds = checkedKinds(policy, table);
  const warnings: ExpressionWarning[] = [];
  const check = (fieldRef: string, expression: string): void => {
    const found = kinds.flatMap(({ name, environment }) => {
      const problem = problemOf(environment, expression);
      return problem === undefined ? [] : [`${name}: ${problem}\n`];
    });
    if (found.length > 0) warnings.push({ fieldRef, warning: found.join('\n') });
  };
  for (const [index, { expression, messageExpression = '' }] of (policy.spec.validations ?? []).entries()) {
    check(`spec.validations[${index}].expression`, expression);
    if (messageExpression !== '') check(`spec.validations[${index}].messageExpression`, messageExpression);
  }
  return warnings;
}

function problemOf(environment: CelEnvironment, expression: string): string | undefined {
  try {
    environment.compile(expression);
    return undefined;
  } catch (error) {
    if (error instanceof CelCompileError) return error.message;
    throw error;
  }
}

function checkedKinds({ spec }: ValidatingAdmissionPolicy, table: ResourceLookup): CheckedKind[] {
  const { apiVersion = '', kind = '' } = spec.paramKind ?? {};
  const parsed = parseApiVersion(apiVersion);
  const paramRow = parsed && table.byKind(parsed.group, parsed.version, kind);
  const params = paramRow && typeOfRow(paramRow);
  return rowsOf({ spec } as ValidatingAdmissionPolicy, table).flatMap((row) => {
    const object = typeOfRow(row);
    if (object === undefined) return [];
    const base = expressionEnvironment({
      hasParams: spec.paramKind !== undefined,
      hasAuthorizer: true,
      object,
      params,
    });
    const { environment } = new PolicyVariables(spec.variables ?? [], base);
    const version = row.group === '' ? `/${row.version}` : apiVersionOf(row);
    return [{ name: `${version}, Kind=${row.kind}`, environment }];
  });
}

/** The resources that the rules name without wildcards, ordered by group, version and kind. */
function rowsOf({ spec }: ValidatingAdmissionPolicy, table: ResourceLookup): ResourceInfo[] {
  const rows = new Set<ResourceInfo>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of spec.matchConstraints?.resourceRules ?? []) {
    if ([...apiGroups, ...apiVersions].some((name) => name.includes('*'))) continue;
    for (const group of apiGroups) {
      for (const version of apiVersions) {
        for (const resource of resources.filter((name) => !/[*/]/.test(name))) {
          const row = table.find(group, version, resource);
          if (row !== undefined) rows.add(row);
        }
      }
    }
  }
  const key = ({ group, version, kind }: ResourceInfo): string => [group, version, kind].join('\0');
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1)).slice(0, kindsMax);
}

function typeOfRow({ custom, typeName, kind }: ResourceInfo): CelType | undefined {
  if (custom === undefined) return typeName === '' ? undefined : typeOfKind(typeName);
  return typeOfSchema(custom.openApiSchema(3, '') as CelSchema, { isRoot: true, name: kind });
}
