import type { Container, Pod, Volume } from '@orrery/api';

export const tokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const expirationSeconds = 3_607;
const fileMode = 0o644;

/** Mounts the pod's token, the cluster's certificate authority and the namespace into each container that has nothing at that path. */
export function mountToken(pod: Pod, volumeName: () => string): void {
  const containers: Container[] = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])];
  const without = containers.filter(
    (container) => !container.volumeMounts?.some((mount) => mount.mountPath === tokenMountPath),
  );
  if (without.length === 0) return;
  const name = existingVolume(pod) ?? volumeName();
  for (const container of without) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: tokenMountPath }];
  }
  if (!pod.spec.volumes?.some((volume) => volume.name === name)) {
    pod.spec.volumes = [...(pod.spec.volumes ?? []), tokenVolume(name)];
  }
}

function existingVolume(pod: Pod): string | undefined {
  return pod.spec.volumes?.find((volume) => volume.name.startsWith('kube-api-access-'))?.name;
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: fileMode,
    },
  };
}
