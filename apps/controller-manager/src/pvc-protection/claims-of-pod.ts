import type { ObjectKey, Pod } from '@orrery/api';

/** `namespace/name` of the claims that a pod uses. Before it has a node it uses nothing: a kubelet starts no pod whose claim is being deleted. */
export function claimsOf(pod: Pod): string[] {
  if (!pod.spec.nodeName) return [];
  return claimsOfPod(pod).map(({ namespace, name }) => `${namespace}/${name}`);
}

/** Keys of the claims that a pod names. A volume of the pod's own has a claim that is called after both. */
export function claimsOfPod({ metadata, spec }: Pod): ObjectKey[] {
  const { namespace = '' } = metadata;
  return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [{ namespace, name: persistentVolumeClaim.claimName }];
    return ephemeral === undefined ? [] : [{ namespace, name: `${metadata.name}-${name}` }];
  });
}
