/** A replication controller of one container each, and what upstream's tests use it for. */
export const replicationController = (name: string, image: string, labels: Record<string, string>, replicas = 1) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name, labels },
    spec: {
      replicas,
      selector: labels,
      template: {
        metadata: { labels },
        spec: { containers: [{ name, image, ports: [{ name: 'server', containerPort: 6379 }] }] },
      },
    },
  });

export const agnhostLabels = { app: 'agnhost', role: 'primary' };
export const agnhostController = replicationController('agnhost-primary', 'agnhost:2.53', agnhostLabels);

export const agnhostService = service('agnhost-primary', agnhostLabels, 6379, 'server');

export const pausePod = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pause', labels: { name: 'pause' } },
  spec: { containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10' }] },
});

export const httpdDeployment = (image: string) => deployment('httpd-deployment', image, { app: 'httpd' }, 3);

/** A shop window: the guestbook's three deployments and their services. */
export const guestbook: readonly string[] = [
  service('agnhost-replica', { app: 'agnhost', role: 'replica', tier: 'backend' }, 6379, 6379),
  service('agnhost-primary', { app: 'agnhost', role: 'primary', tier: 'backend' }, 6379, 6379),
  service('frontend', { app: 'guestbook', tier: 'frontend' }, 80, 80),
  deployment('frontend', 'agnhost:2.53', { app: 'guestbook', tier: 'frontend' }, 3),
  deployment('agnhost-primary', 'agnhost:2.53', { app: 'agnhost', role: 'primary', tier: 'backend' }, 1),
  deployment('agnhost-replica', 'agnhost:2.53', { app: 'agnhost', role: 'replica', tier: 'backend' }, 2),
];

function deployment(name: string, image: string, labels: Record<string, string>, replicas: number): string {
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, of: name } },
        spec: { containers: [{ name: 'main', image, ports: [{ containerPort: 80 }] }] },
      },
    },
  });
}

function service(name: string, labels: Record<string, string>, port: number, targetPort: number | string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels },
    spec: { selector: labels, ports: [{ port, targetPort }] },
  });
}
