import {
  type ApiObject,
  Deployment,
  type OwnerReference,
  type Pod,
  parseApiVersion,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from '@orrery/api';
import { controllerOf, type Informers, type Lister } from '@orrery/client';

/** The controller of a pod is of a kind whose size is not known here, or is gone. */
export class ControllerNotFoundError extends Error {
  override readonly name = 'ControllerNotFoundError';
  constructor(readonly pod: string) {
    super(`found no controllers for pod ${JSON.stringify(pod)}`);
  }
}

type Scaled = ApiObject & { readonly spec: { readonly replicas?: number } };

/** How many pods the controllers of pods want. */
export class PodScale {
  private readonly listers: Readonly<Record<string, Lister<Scaled>>>;

  constructor(informers: Informers) {
    this.listers = {
      'apps/Deployment': informers.for(Deployment).lister,
      'apps/ReplicaSet': informers.for(ReplicaSet).lister,
      'apps/StatefulSet': informers.for(StatefulSet).lister,
      '/ReplicationController': informers.for(ReplicationController).lister,
    };
  }

  /** The sum over the controllers of `pods`, each once. Throws `ControllerNotFoundError`. */
  of(pods: readonly Pod[]): { readonly total: number; readonly unmanaged: readonly string[] } {
    const sizes = new Map<string, number>();
    const unmanaged: string[] = [];
    for (const pod of pods) {
      if (controllerOf(pod) === undefined) {
        unmanaged.push(pod.metadata.name);
        continue;
      }
      const top = this.topController(pod);
      if (top === undefined) throw new ControllerNotFoundError(pod.metadata.name);
      sizes.set(top.metadata.uid, top.spec.replicas ?? 1);
    }
    return { total: [...sizes.values()].reduce((sum, size) => sum + size, 0), unmanaged };
  }

  /** A ReplicaSet counts for itself unless it belongs to a Deployment. */
  private topController(pod: Pod): Scaled | undefined {
    const direct = this.find(controllerOf(pod), pod.metadata.namespace);
    const above = direct && controllerOf(direct);
    if (above?.kind !== 'Deployment') return direct;
    return this.find(above, pod.metadata.namespace);
  }

  private find(owner: OwnerReference | undefined, namespace = ''): Scaled | undefined {
    if (owner === undefined) return undefined;
    const lister = this.listers[`${parseApiVersion(owner.apiVersion)?.group}/${owner.kind}`];
    const found = lister?.get({ namespace, name: owner.name });
    return found?.metadata.uid === owner.uid ? found : undefined;
  }
}
