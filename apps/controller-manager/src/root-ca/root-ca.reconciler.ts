import { ConfigMap, isAlreadyExists, Namespace, type ObjectKey } from '@orrery/api';
import type { Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, watch } from '@orrery/controller';
import { sameJson } from '../conditions/same-json.ts';
import { isNamespaceTerminating } from '../namespace/namespace-terminating.ts';

const configMapName = 'kube-root-ca.crt';
const annotations = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
};

/** Publishes the certificate authority of the API server in every namespace. */
@Reconciler({
  for: Namespace,
  watches: [watch(ConfigMap, ({ metadata }) => namespaceOf(metadata))],
  name: 'root-ca-certificate-publisher-controller',
})
export class RootCaReconciler {
  private readonly namespaces: Lister<Namespace>;
  private readonly configMaps: Lister<ConfigMap>;

  constructor(
    informers: Informers,
    /** PEM. */
    private readonly certificateAuthority: string,
  ) {
    this.namespaces = informers.for(Namespace).lister;
    this.configMaps = informers.for(ConfigMap).lister;
  }

  async reconcile(key: ObjectKey, { api }: ReconcileContext): Promise<Outcome> {
    const namespace = this.namespaces.get(key);
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return done();
    const data = { 'ca.crt': this.certificateAuthority };
    const current = this.configMaps.get({ namespace: key.name, name: configMapName });
    if (current !== undefined) {
      if (!sameJson(current.data, data)) await api.update(ConfigMap, { ...current, data });
      return done();
    }
    try {
      await api.create(ConfigMap, { metadata: { name: configMapName, namespace: key.name, annotations }, data });
    } catch (error) {
      if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error;
    }
    return done();
  }
}

function namespaceOf({ name, namespace = '' }: ConfigMap['metadata']): ObjectKey[] {
  return name === configMapName ? [{ namespace: '', name: namespace }] : [];
}
