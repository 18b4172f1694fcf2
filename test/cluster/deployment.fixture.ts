import type { Deployment, Draft } from '@orrery/api';

/** A deployment of simulated pods. */
export function deployment(name: string, replicas: number, image = 'hello:1'): Draft<Deployment> {
  const labels = { app: name };
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
    },
  };
}
