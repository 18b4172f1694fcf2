import { isAlreadyExists, Namespace, type ObjectKey, ServiceAccount } from '@orrery/api';
import type { Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, watch } from '@orrery/controller';
import { isNamespaceTerminating } from '../namespace/namespace-terminating.ts';

const defaultName = 'default';

/** Keeps a service account `default` in every namespace that is in use. */
@Reconciler({
  for: Namespace,
  watches: [watch(ServiceAccount, ({ metadata }) => namespaceOf(metadata))],
  name: 'serviceaccount-controller',
})
export class ServiceAccountReconciler {
  private readonly namespaces: Lister<Namespace>;
  private readonly accounts: Lister<ServiceAccount>;

  constructor(informers: Informers) {
    this.namespaces = informers.for(Namespace).lister;
    this.accounts = informers.for(ServiceAccount).lister;
  }

  async reconcile(key: ObjectKey, { api }: ReconcileContext): Promise<Outcome> {
    const namespace = this.namespaces.get(key);
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return done();
    if (this.accounts.get({ namespace: key.name, name: defaultName }) !== undefined) return done();
    try {
      await api.create(ServiceAccount, { metadata: { name: defaultName, namespace: key.name } });
    } catch (error) {
      if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error;
    }
    return done();
  }
}

function namespaceOf({ name, namespace = '' }: ServiceAccount['metadata']): ObjectKey[] {
  return name === defaultName ? [{ namespace: '', name: namespace }] : [];
}
