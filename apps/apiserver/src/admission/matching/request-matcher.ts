import {
  type ApiObject,
  type LabelSelector,
  labelSelectorMatcher,
  type Namespace,
  notFound,
  type ResourceInfo,
  type ResourceLookup,
} from '@orrery/api';
import { invariant } from '@orrery/runtime';
import type { ObjectLookup } from '../../registry/object-lookup.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { EquivalentResources } from './equivalent-resources.ts';
import { type Rule, ruleMatches } from './rule-match.ts';

/** Which requests a webhook or a policy is about. */
export interface MatchCriteria {
  readonly rules: readonly Rule[];
  /** What they do not speak of after all. Default none. */
  readonly excludedRules?: readonly Rule[];
  /** `Equivalent`: a rule for another version of the resource counts too. */
  readonly matchPolicy: 'Exact' | 'Equivalent';
  /** Default everything. */
  readonly namespaceSelector?: LabelSelector;
  /** Default everything. */
  readonly objectSelector?: LabelSelector;
}

const configurationGroup = 'admissionregistration.k8s.io';
const configurationResources = new Set([
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'validatingwebhookconfigurations',
]);

/** Nobody may lock himself out: the configuration of admission is exempt from configured admission. */
export function isAdmissionConfiguration({ group, resource }: ResourceInfo): boolean {
  return group === configurationGroup && configurationResources.has(resource);
}

/** The namespace that a request is about; of a Namespace that is its own name. `''` for all other cluster-scoped objects. */
export function namespaceOf({ info, namespace, name, object }: AdmissionAttributes): string {
  return isNamespaces(info) ? name || (object?.metadata.name ?? '') : namespace;
}

/** Matches requests against criteria, as upstream does. */
export class RequestMatcher {
  private readonly namespaces: ResourceInfo;
  private readonly equivalents: EquivalentResources;

  constructor(
    table: ResourceLookup,
    private readonly lookup: ObjectLookup,
  ) {
    const namespaces = table.find('', 'v1', 'namespaces');
    invariant(namespaces !== undefined, 'namespaces is in the resource table');
    this.namespaces = namespaces;
    this.equivalents = new EquivalentResources(table);
  }

  /**
   * The resource in the version that the criteria speak of; `undefined`: they do not speak of this request. Throws `NotFound` where the
   * namespace does not exist whose labels decide.
   */
  async match(attributes: AdmissionAttributes, criteria: MatchCriteria): Promise<ResourceInfo | undefined> {
    if (!objectMatches(attributes, criteria.objectSelector)) return undefined;
    const row = this.matchingRow(attributes, criteria.rules, criteria.matchPolicy);
    if (row === undefined) return undefined;
    const { excludedRules = [] } = criteria;
    if (this.matchingRow(attributes, excludedRules, criteria.matchPolicy) !== undefined) return undefined;
    return (await this.namespaceMatches(attributes, criteria.namespaceSelector)) ? row : undefined;
  }

  /** The namespace that the request is about, as it is or is going to be; `undefined` for cluster-scoped objects. */
  async namespace(attributes: AdmissionAttributes): Promise<Namespace | undefined> {
    const { info, operation, subresource, object } = attributes;
    const isWrite = operation === 'CREATE' || operation === 'UPDATE';
    if (isNamespaces(info) && subresource === '' && isWrite) return object as Namespace | undefined;
    const name = namespaceOf(attributes);
    if (name === '') return undefined;
    const found = await this.lookup.find(this.namespaces, '', name);
    if (found === undefined) throw notFound(this.namespaces, name);
    return found.object as Namespace;
  }

  private matchingRow(
    attributes: AdmissionAttributes,
    rules: readonly Rule[],
    policy: MatchCriteria['matchPolicy'],
  ): ResourceInfo | undefined {
    const { requested, subresource } = attributes;
    if (rules.some((rule) => ruleMatches(rule, attributes, requested))) return requested;
    if (policy === 'Exact' || rules.length === 0) return undefined;
    const others = this.equivalents.of(requested, subresource);
    for (const rule of rules) {
      const row = others.find((other) => ruleMatches(rule, attributes, other));
      if (row !== undefined) return row;
    }
    return undefined;
  }

  private async namespaceMatches(
    attributes: AdmissionAttributes,
    selector: LabelSelector | undefined,
  ): Promise<boolean> {
    if (namespaceOf(attributes) === '' || selector === undefined) return true;
    const matcher = labelSelectorMatcher(selector);
    if (matcher.empty) return true;
    return matcher.matches((await this.namespace(attributes))?.metadata.labels);
  }
}

/** Either the object or what it was has to be chosen, so that nobody escapes by changing labels. */
function objectMatches({ object, old }: AdmissionAttributes, selector: LabelSelector | undefined): boolean {
  if (selector === undefined) return true;
  const matcher = labelSelectorMatcher(selector);
  if (matcher.empty) return true;
  const chosen = (candidate: ApiObject | undefined): boolean =>
    candidate?.metadata !== undefined && matcher.matches(candidate.metadata.labels);
  return chosen(object) || chosen(old);
}

function isNamespaces({ group, resource }: ResourceInfo): boolean {
  return group === '' && resource === 'namespaces';
}
