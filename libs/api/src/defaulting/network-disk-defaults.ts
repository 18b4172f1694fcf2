import type { Volume } from '../generated/kinds.ts';

type NetworkDisks = Pick<Volume, 'azureDisk'> & {
  iscsi?: Pick<NonNullable<Volume['iscsi']>, 'iscsiInterface'>;
  rbd?: Pick<NonNullable<Volume['rbd']>, 'pool' | 'user' | 'keyring'>;
  scaleIO?: Pick<NonNullable<Volume['scaleIO']>, 'storageMode' | 'fsType'>;
};

/** Of a pod's volume as of a persistent one. */
export function defaultNetworkDisks({ iscsi, rbd, azureDisk, scaleIO }: NetworkDisks): void {
  if (iscsi) iscsi.iscsiInterface ||= 'default';
  if (rbd) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}
