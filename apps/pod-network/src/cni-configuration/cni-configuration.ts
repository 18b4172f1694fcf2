/** What a node's network configuration depends on. */
export interface CniFacts {
  readonly bridge: string;
  readonly podCidr: string;
  readonly addressesFolder: string;
}

/** Name of the configuration file; container runtimes take the first in the order of names. */
export const cniFile = '10-orrery.conflist';

/** A CNI network configuration list: a bridge with addresses from the node's range, and host ports. */
export function cniConfiguration({ bridge, podCidr, addressesFolder }: CniFacts): string {
  const configuration = {
    cniVersion: '1.0.0',
    name: 'orrery',
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        // A pod may reach itself through its own service.
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: addressesFolder,
          ranges: [[{ subnet: podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  return `${JSON.stringify(configuration, undefined, 2)}\n`;
}
