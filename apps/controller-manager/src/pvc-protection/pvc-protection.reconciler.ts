import { type ObjectKey, PersistentVolumeClaim, Pod } from '@orrery/api';
import type { Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, watch } from '@orrery/controller';
import { guardWithFinalizer } from '../ownership/finalizer-guard.ts';
import { claimsOf, claimsOfPod } from './claims-of-pod.ts';

const finalizer = 'kubernetes.io/pvc-protection';
const claimIndex = 'claims of pods that have a node';

/** Keeps claims that are being deleted until no pod uses them any more. */
@Reconciler({
  for: PersistentVolumeClaim,
  watches: [watch(Pod, claimsOfPod)],
  name: 'persistentvolumeclaim-protection-controller',
})
export class PvcProtectionReconciler {
  private readonly claims: Lister<PersistentVolumeClaim>;
  private readonly pods: Lister<Pod>;

  constructor(informers: Informers) {
    this.claims = informers.for(PersistentVolumeClaim).lister;
    this.pods = informers.for(Pod, { indexes: { [claimIndex]: claimsOf } }).lister;
  }

  async reconcile(key: ObjectKey, { api }: ReconcileContext): Promise<Outcome> {
    const claim = this.claims.get(key);
    if (claim === undefined) return done();
    const index = `${key.namespace}/${key.name}`;
    await guardWithFinalizer(api, PersistentVolumeClaim, claim, finalizer, async () => {
      if (this.pods.byIndex(claimIndex, index).length > 0) return true;
      // What the cache has not seen yet must not lose its volume.
      const { items } = await api.list(Pod, { namespace: key.namespace });
      return items.some((pod) => claimsOf(pod).includes(index));
    });
    return done();
  }
}
