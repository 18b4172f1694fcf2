import type { FlowSchema, NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule } from '@orrery/api';
import type { UserInfo } from '../authentication/user-info.ts';
import type { PathRequest, RequestInfo, ResourceRequest } from '../request-info/request-info.ts';

/** Which flow a request belongs to: requests of one flow share queues. */
export interface Flow {
  readonly schema: FlowSchema;
  /** Tells apart the flows of one schema: a user, a namespace, or nothing. */
  readonly distinguisher: string;
}

const serviceAccountPrefix = 'system:serviceaccount:';
const defaultPrecedence = 1_000;

/** Finds the flow of a request by upstream's rules: the matching schema of lowest precedence, of several the first by name. */
export class FlowClassifier {
  private readonly schemas: readonly FlowSchema[];

  constructor(schemas: Iterable<FlowSchema>) {
    this.schemas = [...schemas].sort(
      (a, b) => precedenceOf(a) - precedenceOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1),
    );
  }

  /** `undefined` where no schema matches: the mandatory ones match everybody who is authenticated or anonymous. */
  classify(user: UserInfo, target: RequestInfo): Flow | undefined {
    const schema = this.schemas.find(({ spec }) => spec.rules?.some((rules) => matches(rules, user, target)));
    if (schema === undefined) return undefined;
    return { schema, distinguisher: distinguisherOf(schema, user, target) };
  }
}

function precedenceOf({ spec }: FlowSchema): number {
  return spec.matchingPrecedence ?? defaultPrecedence;
}

function distinguisherOf({ spec }: FlowSchema, user: UserInfo, target: RequestInfo): string {
  switch (spec.distinguisherMethod?.type) {
    case 'ByUser':
      return user.name;
    case 'ByNamespace':
      return target.kind === 'resource' ? target.namespace : '';
    default:
      return '';
  }
}

function matches(rules: PolicyRulesWithSubjects, user: UserInfo, target: RequestInfo): boolean {
  if (!rules.subjects.some((subject) => isSubject(subject, user))) return false;
  if (target.kind === 'path') return rules.nonResourceRules?.some((rule) => isPath(rule, target)) ?? false;
  return rules.resourceRules?.some((rule) => isResource(rule, target)) ?? false;
}

function isSubject(subject: PolicyRulesWithSubjects['subjects'][number], user: UserInfo): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.user !== undefined && isOneOf([subject.user.name], user.name);
    case 'Group':
      return subject.group !== undefined && user.groups.some((group) => isOneOf([subject.group?.name ?? ''], group));
    case 'ServiceAccount':
      return isServiceAccount(subject.serviceAccount, user.name);
    default:
      return false;
  }
}

function isServiceAccount(account: { name: string; namespace: string } | undefined, userName: string): boolean {
  if (account === undefined || !userName.startsWith(serviceAccountPrefix)) return false;
  const [namespace = '', name = ''] = userName.slice(serviceAccountPrefix.length).split(':', 2);
  return namespace === account.namespace && isOneOf([account.name], name);
}

function isResource(rule: ResourcePolicyRule, target: ResourceRequest): boolean {
  const { verb, group, resource, subresource, namespace } = target;
  const named = subresource === '' ? resource : `${resource}/${subresource}`;
  if (!isOneOf(rule.verbs, verb) || !isOneOf(rule.apiGroups, group) || !isOneOf(rule.resources, named)) return false;
  return namespace === '' ? rule.clusterScope === true : isOneOf(rule.namespaces ?? [], namespace);
}

function isPath(rule: NonResourcePolicyRule, { verb, path }: PathRequest): boolean {
  if (!isOneOf(rule.verbs, verb)) return false;
  return rule.nonResourceURLs.some((url) => {
    if (url === '*' || url === path) return true;
    return url.endsWith('/*') && path.startsWith(url.slice(0, -1));
  });
}

function isOneOf(wanted: readonly string[], value: string): boolean {
  return wanted.includes('*') || wanted.includes(value);
}
