/** The first address of an IPv4 CIDR, which the bridge has as the pods' gateway: `10.244.3.0/24` → `10.244.3.1`. */
export function gatewayOf(podCidr: string): string {
  const [network = ''] = podCidr.split('/');
  const parts = network.split('.').map(Number);
  parts[3] = (parts[3] ?? 0) + 1;
  return parts.join('.');
}

/** The gateway with the CIDR's prefix length, as a device has it: `10.244.3.1/24`. */
export function gatewayInterface(podCidr: string): string {
  return `${gatewayOf(podCidr)}/${podCidr.split('/')[1]}`;
}
