import type { ApiObject } from '@orrery/api';
import type { CachedObject } from '../../cache/cached-object.ts';
import type { ObjectCache } from '../../cache/object-cache.ts';

const group = 'admissionregistration.k8s.io';

/** A policy, ready to be used, with all bindings to it. */
export interface BoundPolicy<Policy, Binding> {
  readonly policy: Policy;
  /** In the order of their names. */
  readonly bindings: readonly Binding[];
}

type BindingObject = ApiObject & { readonly spec: { readonly policyName?: string } };

/** Policies of one sort that have bindings, in the order of their names, as the cache has them now. */
export class PolicySource<Policy, Binding extends BindingObject> {
  private policies: readonly CachedObject[] | undefined;
  private bindings: readonly CachedObject[] | undefined;
  private known: readonly BoundPolicy<Policy, Binding>[] = [];
  /** What was made of a policy, while it stays as it is. */
  private compiled = new Map<CachedObject, Policy>();

  constructor(
    private readonly cache: ObjectCache,
    private readonly resource: 'validatingadmissionpolicies' | 'mutatingadmissionpolicies',
    private readonly bindingResource: 'validatingadmissionpolicybindings' | 'mutatingadmissionpolicybindings',
    private readonly compile: (object: ApiObject) => Policy,
  ) {}

  list(): readonly BoundPolicy<Policy, Binding>[] {
    // The cache gives the same arrays until something changes.
    const policies = this.cache.resource(group, this.resource).range('');
    const bindings = this.cache.resource(group, this.bindingResource).range('');
    if (policies === this.policies && bindings === this.bindings) return this.known;
    this.policies = policies;
    this.bindings = bindings;
    this.known = this.bound(
      policies,
      bindings.map(({ object }) => object as Binding),
    );
    return this.known;
  }

  private bound(policies: readonly CachedObject[], bindings: readonly Binding[]): BoundPolicy<Policy, Binding>[] {
    const compiled = new Map<CachedObject, Policy>();
    const bound: BoundPolicy<Policy, Binding>[] = [];
    for (const cached of policies) {
      const own = bindings.filter(({ spec }) => spec.policyName === cached.object.metadata.name);
      if (own.length === 0) continue;
      const policy = this.compiled.get(cached) ?? this.compile(cached.object);
      compiled.set(cached, policy);
      bound.push({ policy, bindings: own });
    }
    this.compiled = compiled;
    return bound;
  }
}
