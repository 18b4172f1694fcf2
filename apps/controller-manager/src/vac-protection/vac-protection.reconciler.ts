import { type ObjectKey, PersistentVolume, PersistentVolumeClaim, VolumeAttributesClass } from '@orrery/api';
import type { Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, watch } from '@orrery/controller';
import { guardWithFinalizer } from '../ownership/finalizer-guard.ts';

const finalizer = 'kubernetes.io/vac-protection';

/** Keeps volume attributes classes that are being deleted until no claim and no volume names them. */
@Reconciler({
  for: VolumeAttributesClass,
  watches: [
    watch(PersistentVolumeClaim, (claim) => classesOfClaim(claim).map(keyOfClass)),
    watch(PersistentVolume, (volume) => classesOfVolume(volume).map(keyOfClass)),
  ],
  name: 'volumeattributesclass-protection-controller',
})
export class VacProtectionReconciler {
  private readonly classes: Lister<VolumeAttributesClass>;
  private readonly claims: Lister<PersistentVolumeClaim>;
  private readonly volumes: Lister<PersistentVolume>;

  constructor(informers: Informers) {
    this.classes = informers.for(VolumeAttributesClass).lister;
    this.claims = informers.for(PersistentVolumeClaim).lister;
    this.volumes = informers.for(PersistentVolume).lister;
  }

  async reconcile(key: ObjectKey, { api }: ReconcileContext): Promise<Outcome> {
    const attributesClass = this.classes.get(key);
    if (attributesClass === undefined) return done();
    const isUsed = async () =>
      this.claims.list().some((claim) => classesOfClaim(claim).includes(key.name)) ||
      this.volumes.list().some((volume) => classesOfVolume(volume).includes(key.name));
    await guardWithFinalizer(api, VolumeAttributesClass, attributesClass, finalizer, isUsed);
    return done();
  }
}

function classesOfClaim({ spec, status }: PersistentVolumeClaim): string[] {
  const target = status?.modifyVolumeStatus?.targetVolumeAttributesClassName;
  return named([spec.volumeAttributesClassName, status?.currentVolumeAttributesClassName, target]);
}

function classesOfVolume({ spec }: PersistentVolume): string[] {
  return named([spec.volumeAttributesClassName]);
}

function named(names: readonly (string | undefined)[]): string[] {
  return names.filter((name) => name !== undefined && name !== '') as string[];
}

function keyOfClass(name: string): ObjectKey {
  return { namespace: '', name };
}
