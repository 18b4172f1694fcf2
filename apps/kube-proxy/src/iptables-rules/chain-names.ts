import { createHash } from 'node:crypto';
import type { Endpoint } from '../endpoints/endpoints.ts';
import type { ServicePort } from '../service-ports/service-ports.ts';

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Chains made for single services and endpoints; all others of ours have fixed names. */
const dynamicPrefixes = ['KUBE-SVC-', 'KUBE-SVL-', 'KUBE-EXT-', 'KUBE-SEP-'];

/** All endpoints of a service port. */
export const clusterChain = (port: ServicePort): string => `KUBE-SVC-${hash(port.name, port.protocol)}`;

/** Its endpoints on this node. */
export const localChain = (port: ServicePort): string => `KUBE-SVL-${hash(port.name, port.protocol)}`;

/** What traffic from outside the cluster goes through first. */
export const externalChain = (port: ServicePort): string => `KUBE-EXT-${hash(port.name, port.protocol)}`;

/** One endpoint of a service port. */
export const endpointChain = (port: ServicePort, endpoint: Endpoint): string =>
  `KUBE-SEP-${hash(port.name, port.protocol, `${endpoint.ip}:${endpoint.port}`)}`;

export function isDynamicChain(chain: string): boolean {
  return dynamicPrefixes.some((prefix) => chain.startsWith(prefix));
}

/** The first 16 characters of the base32 of a SHA-256, as upstream names its chains: iptables allows 28 characters in all. */
function hash(...parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('')).digest();
  let text = '';
  for (let bit = 0; text.length < 16; bit += 5) {
    const pair = ((digest[bit >> 3] ?? 0) << 8) | (digest[(bit >> 3) + 1] ?? 0);
    text += base32Alphabet.charAt((pair >> (11 - (bit & 7))) & 31);
  }
  return text;
}
