import { dnsLabelErrors, dnsSubdomainErrors } from '@orrery/api';
import { types } from '../types/cel-type.ts';
import { OpaqueValue } from '../values/cel-value.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { type CelLibrary, method } from './cel-function.ts';

/** What an expression asks the authorizer. */
export type AuthorizationQuestion =
  | { readonly kind: 'path'; readonly path: string; readonly verb: string }
  | ({ readonly kind: 'resource'; readonly verb: string } & ResourceQuestion);

export interface ResourceQuestion {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** `''` for all namespaces, and for what has none. */
  readonly namespace: string;
  readonly name: string;
  /** As the expression writes them; `undefined` where it does not. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface AuthorizationAnswer {
  readonly allowed: boolean;
  readonly reason: string;
  /** `''` where the question could be answered. */
  readonly error: string;
}

/** Answers for the user who made the request, or for the service account that the expression names. */
export type AskAuthorizer = (
  question: AuthorizationQuestion,
  serviceAccount: { readonly namespace: string; readonly name: string } | undefined,
) => AuthorizationAnswer;

/** The type of the variable `authorizer`. */
export const authorizerType = types.opaque('kubernetes.authorization.Authorizer');
/** The type of `authorizer.requestResource`. */
export const resourceCheckType = types.opaque('kubernetes.authorization.ResourceCheck');
const pathCheckType = types.opaque('kubernetes.authorization.PathCheck');
const groupCheckType = types.opaque('kubernetes.authorization.GroupCheck');
const decisionType = types.opaque('kubernetes.authorization.Decision');
const { bool, string } = types;

/** The value of `authorizer`. */
export class AuthorizerValue extends OpaqueValue {
  override readonly typeName = 'kubernetes.authorization.Authorizer';

  constructor(
    readonly ask: AskAuthorizer,
    readonly serviceAccount?: { readonly namespace: string; readonly name: string },
  ) {
    super();
  }

  /** The value of `authorizer.requestResource`. */
  resource(question: ResourceQuestion): ResourceCheckValue {
    return new ResourceCheckValue(this, question);
  }
}

class PathCheckValue extends OpaqueValue {
  override readonly typeName = 'kubernetes.authorization.PathCheck';

  constructor(
    readonly authorizer: AuthorizerValue,
    readonly path: string,
  ) {
    super();
  }
}

class GroupCheckValue extends OpaqueValue {
  override readonly typeName = 'kubernetes.authorization.GroupCheck';

  constructor(
    readonly authorizer: AuthorizerValue,
    readonly group: string,
  ) {
    super();
  }
}

class ResourceCheckValue extends OpaqueValue {
  override readonly typeName = 'kubernetes.authorization.ResourceCheck';

  constructor(
    readonly authorizer: AuthorizerValue,
    readonly question: ResourceQuestion,
  ) {
    super();
  }

  with(change: Partial<ResourceQuestion>): ResourceCheckValue {
    return new ResourceCheckValue(this.authorizer, { ...this.question, ...change });
  }
}

class DecisionValue extends OpaqueValue {
  override readonly typeName = 'kubernetes.authorization.Decision';

  constructor(readonly answer: AuthorizationAnswer) {
    super();
  }
}

/** Questions to the authorizer; only of use where a variable `authorizer` is declared. */
export const authorizerFunctions: CelLibrary = [
  method(
    'path',
    'authorizer_path',
    [authorizerType, string],
    pathCheckType,
    (authorizer: AuthorizerValue, path: string) => {
      if (path.trim() === '') throw new CelRuntimeError('path must not be empty');
      return new PathCheckValue(authorizer, path);
    },
  ),
  method(
    'group',
    'authorizer_group',
    [authorizerType, string],
    groupCheckType,
    (authorizer: AuthorizerValue, group: string) => new GroupCheckValue(authorizer, group),
  ),
  method(
    'serviceAccount',
    'authorizer_serviceaccount',
    [authorizerType, string, string],
    authorizerType,
    serviceAccount,
  ),
  method('resource', 'groupcheck_resource', [groupCheckType, string], resourceCheckType, resource),
  ...(['subresource', 'namespace', 'name'] as const).map((field) =>
    method(
      field,
      `resourcecheck_${field}`,
      [resourceCheckType, string],
      resourceCheckType,
      (check: ResourceCheckValue, value: string) => check.with({ [field]: value }),
    ),
  ),
  ...(['fieldSelector', 'labelSelector'] as const).map((field) =>
    method(
      field,
      `authorizer_${field.toLowerCase()}`,
      [resourceCheckType, string],
      resourceCheckType,
      (check: ResourceCheckValue, value: string) => check.with({ [field]: value }),
    ),
  ),
  method(
    'check',
    'pathcheck_check',
    [pathCheckType, string],
    decisionType,
    ({ authorizer, path }: PathCheckValue, verb: string) =>
      new DecisionValue(authorizer.ask({ kind: 'path', path, verb }, authorizer.serviceAccount)),
  ),
  method(
    'check',
    'resourcecheck_check',
    [resourceCheckType, string],
    decisionType,
    ({ authorizer, question }: ResourceCheckValue, verb: string) =>
      new DecisionValue(authorizer.ask({ kind: 'resource', verb, ...question }, authorizer.serviceAccount)),
  ),
  method('errored', 'decision_errored', [decisionType], bool, ({ answer }: DecisionValue) => answer.error !== ''),
  method('error', 'decision_error', [decisionType], string, ({ answer }: DecisionValue) => answer.error),
  method('allowed', 'decision_allowed', [decisionType], bool, ({ answer }: DecisionValue) => answer.allowed),
  method('reason', 'decision_reason', [decisionType], string, ({ answer }: DecisionValue) => answer.reason),
];

function serviceAccount(authorizer: AuthorizerValue, namespace: string, name: string): AuthorizerValue {
  if (dnsSubdomainErrors(name).length > 0) throw new CelRuntimeError('Invalid service account name');
  if (dnsLabelErrors(namespace).length > 0) throw new CelRuntimeError('Invalid service account namespace');
  return new AuthorizerValue(authorizer.ask, { namespace, name });
}

function resource({ authorizer, group }: GroupCheckValue, name: string): ResourceCheckValue {
  if (name.trim() === '') throw new CelRuntimeError('resource must not be empty');
  return authorizer.resource({ group, resource: name, subresource: '', namespace: '', name: '' });
}
