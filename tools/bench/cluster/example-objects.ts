import type { ConfigMap, Deployment, Draft, Pod } from '@orrery/api';

/** A pod as people write them: one container with a port, variables, requests. */
export function examplePod(name: string, options: { readonly schedulerName?: string } = {}): Draft<Pod> {
  return {
    metadata: { name, namespace: 'default', labels: { app: 'bench' } },
    spec: { ...podSpec(), ...options },
  };
}

export function exampleDeployment(name: string, replicas: number): Draft<Deployment> {
  return {
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec() },
    },
  };
}

/** About 500 bytes. */
export function exampleConfigMap(name: string): Draft<ConfigMap> {
  return { metadata: { name, namespace: 'default' }, data: { text: 'x'.repeat(256) } };
}

function podSpec() {
  return {
    containers: [
      {
        name: 'web',
        image: 'orrery.local/hello:1',
        ports: [{ name: 'http', containerPort: 8080 }],
        env: [{ name: 'GREETING', value: 'hello' }],
        resources: { requests: { cpu: '1m', memory: '1Mi' } },
      },
    ],
  };
}
