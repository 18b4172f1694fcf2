import { type ObjectKey, PersistentVolume } from '@orrery/api';
import type { Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler } from '@orrery/controller';
import { guardWithFinalizer } from '../ownership/finalizer-guard.ts';

const finalizer = 'kubernetes.io/pv-protection';

/** Keeps volumes that are being deleted until they are no longer bound to a claim. */
@Reconciler({ for: PersistentVolume, name: 'persistentvolume-protection-controller' })
export class PvProtectionReconciler {
  private readonly volumes: Lister<PersistentVolume>;

  constructor(informers: Informers) {
    this.volumes = informers.for(PersistentVolume).lister;
  }

  async reconcile(key: ObjectKey, { api }: ReconcileContext): Promise<Outcome> {
    const volume = this.volumes.get(key);
    if (volume === undefined) return done();
    const isBound = async () => volume.status?.phase === 'Bound';
    await guardWithFinalizer(api, PersistentVolume, volume, finalizer, isBound);
    return done();
  }
}
