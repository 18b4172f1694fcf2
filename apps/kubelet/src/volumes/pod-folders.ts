/** Where a pod's files are on the node; upstream's layout below the kubelet's folder. */
export class PodFolders {
  constructor(readonly root: string) {}

  pods(): string {
    return `${this.root}/pods`;
  }

  pod(uid: string): string {
    return `${this.root}/pods/${uid}`;
  }

  volume(uid: string, plugin: string, name: string): string {
    return `${this.pod(uid)}/volumes/kubernetes.io~${plugin}/${name}`;
  }

  hostsFile(uid: string): string {
    return `${this.pod(uid)}/etc-hosts`;
  }

  terminationMessage(uid: string, container: string, restartCount: number): string {
    return `${this.pod(uid)}/containers/${container}/${restartCount}`;
  }
}

/** A pod's log folder below the node's, and a container's log in it: the CRI convention that log collectors know. */
export function podLogFolder(namespace: string, name: string, uid: string): string {
  return `${namespace}_${name}_${uid}`;
}

export function containerLogPath(container: string, restartCount: number): string {
  return `${container}/${restartCount}.log`;
}
