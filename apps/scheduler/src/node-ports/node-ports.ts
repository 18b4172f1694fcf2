import type { HostPort } from '../cluster-cache/node-info.ts';
import { accepted, type Plugin } from '../framework/plugin.ts';

const everyAddress = '0.0.0.0';

/** A host port can be taken once on each node. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  weight: 0,
  consider({ hostPorts }) {
    if (hostPorts.length === 0) return undefined;
    return {
      filter: (node) => {
        for (const { hostPorts: taken } of node.podInfos()) {
          if (taken.some((other) => hostPorts.some((wanted) => collide(wanted, other)))) {
            return ["node(s) didn't have free ports for the requested pod ports"];
          }
        }
        return accepted;
      },
    };
  },
};

function collide(a: HostPort, b: HostPort): boolean {
  const sameAddress = a.ip === b.ip || a.ip === everyAddress || b.ip === everyAddress;
  return sameAddress && a.port === b.port && a.protocol === b.protocol;
}
