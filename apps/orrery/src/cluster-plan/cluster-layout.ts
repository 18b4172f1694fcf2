import { join } from 'node:path';

/** Where everything of a cluster lies below its data folder; all paths absolute. */
export interface ClusterLayout {
  readonly root: string;
  readonly kubeconfig: string;
  readonly adminSocket: string;
  readonly logs: string;
  readonly broker: string;
  readonly archives: string;
  /** A service's own folder. */
  service(instance: string): string;
  /** The configuration file of a service that runs as its own process. */
  serviceFile(instance: string): string;
  logFile(instance: string): string;
  node(name: string): NodeLayout;
}

export interface NodeLayout {
  readonly root: string;
  /** The kubelet's folder: volumes of pods. */
  readonly pods: string;
  readonly podLogs: string;
  readonly runtime: string;
  readonly cniConfig: string;
  readonly criSocket: string;
}

export function clusterLayout(root: string): ClusterLayout {
  return {
    root,
    kubeconfig: join(root, 'kubeconfig'),
    adminSocket: join(root, 'run', 'orrery.sock'),
    logs: join(root, 'logs'),
    broker: join(root, 'nats'),
    archives: join(root, 'images'),
    service: (instance) => join(root, 'services', instance),
    serviceFile: (instance) => join(root, 'run', `${instance}.json`),
    logFile: (instance) => join(root, 'logs', `${instance}.log`),
    node: (name) => {
      const node = join(root, 'nodes', name);
      return {
        root: node,
        pods: join(node, 'pods'),
        podLogs: join(node, 'logs'),
        runtime: join(node, 'runtime'),
        cniConfig: join(node, 'cni'),
        criSocket: join(root, 'run', `${name}.cri.sock`),
      };
    },
  };
}
