import type { Service } from '@orrery/api';

/** The environment variables that name services (`WEB_SERVICE_HOST`, `WEB_PORT_80_TCP_ADDR`, …), as upstream makes them. */
export function serviceEnvironment(services: readonly Service[]): Map<string, string> {
  const variables = new Map<string, string>();
  for (const service of services) addService(variables, service);
  return variables;
}

/** Services that a pod of `namespace` learns of: `default/kubernetes` always, those of its own namespace with service links. */
export function visibleServices(
  services: readonly Service[],
  namespace: string,
  enableServiceLinks: boolean,
): Service[] {
  const isMaster = ({ metadata }: Service) => metadata.namespace === 'default' && metadata.name === 'kubernetes';
  const own = services.filter((service) => service.metadata.namespace === namespace && enableServiceLinks);
  const shadowed = own.some((service) => service.metadata.name === 'kubernetes');
  const master = shadowed ? [] : services.filter((service) => isMaster(service));
  return [...master, ...own].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function addService(variables: Map<string, string>, service: Service): void {
  const { clusterIP, ports } = service.spec;
  const first = ports?.[0];
  if (!clusterIP || clusterIP === 'None' || !first) return;
  const name = variableName(service.metadata.name);
  variables.set(`${name}_SERVICE_HOST`, clusterIP);
  variables.set(`${name}_SERVICE_PORT`, String(first.port));
  for (const port of ports) {
    if (port.name) variables.set(`${name}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
  }
  const host = clusterIP.includes(':') ? `[${clusterIP}]` : clusterIP;
  for (const [index, port] of ports.entries()) {
    const protocol = port.protocol ?? 'TCP';
    const url = `${protocol.toLowerCase()}://${host}:${port.port}`;
    if (index === 0) variables.set(`${name}_PORT`, url);
    const prefix = `${name}_PORT_${port.port}_${protocol.toUpperCase()}`;
    variables.set(prefix, url);
    variables.set(`${prefix}_PROTO`, protocol.toLowerCase());
    variables.set(`${prefix}_PORT`, String(port.port));
    variables.set(`${prefix}_ADDR`, clusterIP);
  }
}

function variableName(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}
