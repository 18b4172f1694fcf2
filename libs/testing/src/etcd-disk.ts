import { MemoryDisk } from '@orrery/runtime';
import type { EtcdCluster, EtcdData } from './etcd-cluster.driver.ts';

/** The name among a cluster's disks under which its etcd has stored what it knew. */
export const etcdUnit = 'etcd-1';
const file = 'data.json';

/** Stops the member and keeps what it has stored as a disk like those of the services. */
export async function keepEtcdData(etcd: EtcdCluster): Promise<MemoryDisk> {
  await etcd.stopMember(etcdUnit);
  const disk = new MemoryDisk();
  const files = [...etcd.data(etcdUnit)].map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')]);
  await disk.writeFile(file, Buffer.from(JSON.stringify(files)));
  return disk;
}

/** `undefined`: the disks are of a cluster without etcd. */
export async function etcdDataOn(disks: ReadonlyMap<string, MemoryDisk>): Promise<EtcdData | undefined> {
  const kept = await disks.get(etcdUnit)?.readFile(file);
  if (kept === undefined) return undefined;
  const files = JSON.parse(Buffer.from(kept).toString('utf8')) as [string, string][];
  return new Map(files.map(([path, text]) => [path, Buffer.from(text, 'base64')]));
}
