import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryBroker, Subjects } from '@orrery/bus';
import { containerRuntimeService } from '@orrery/container-runtime';
import { InProcessCriEndpoint } from '@orrery/cri';
import { cleanupKubeProxy } from '@orrery/kube-proxy';
import { HostVolumes } from '@orrery/kubelet';
import { IptablesPacketFilter } from '@orrery/packet-filter';
import { cleanupPodNetwork, IpNodeNetwork } from '@orrery/pod-network';
import { createLogger, FileDisk, type Host, systemHost, systemProcesses } from '@orrery/runtime';
import { ORRERY_VERSION, startService } from '@orrery/service';
import { askAdmin, NotRunningError } from '../admin/admin-socket.driver.ts';
import { type ClusterLayout, clusterLayout } from '../cluster-plan/cluster-layout.ts';
import { podNetworkSettings } from '../cluster-plan/cluster-plan.ts';
import { ProcessRecords } from '../process-records/process-records.driver.ts';
import type { RunOptions } from './run-command.driver.ts';

/** Stops a cluster and takes away everything on the machine but its data folder; also what a killed one has left. May be repeated. */
export async function down(root: string, say: (line: string) => void): Promise<void> {
  const layout = clusterLayout(root);
  const description = join(root, 'cluster.json');
  if (!existsSync(description)) {
    say(`nothing runs from ${root}`);
    return;
  }
  const records = new ProcessRecords(new FileDisk(root));
  if (await askToStop(layout)) await records.awaitEnd('launcher', 30_000);
  await records.endLeftovers();
  const options = JSON.parse(readFileSync(description, 'utf8')) as RunOptions;
  if (options.containers === 'runc') await cleanMachine(layout);
  for (let node = 1; node <= options.nodes; node += 1)
    await new HostVolumes().unmount(layout.node(`node-${node}`).pods);
  rmSync(join(root, 'run'), { recursive: true, force: true });
  say(`stopped; the data stays in ${root}`);
}

async function askToStop(layout: ClusterLayout): Promise<boolean> {
  try {
    await askAdmin(layout.adminSocket, '/shutdown');
    return true;
  } catch (error) {
    if (error instanceof NotRunningError) return false;
    throw error;
  }
}

/** Containers, mounts and namespaces; then service rules and the pod network. */
async function cleanMachine(layout: ClusterLayout): Promise<void> {
  const logger = createLogger({ level: 'info', file: layout.logFile('down') });
  const node = 'node-1';
  const host = (unit: string): Host => systemHost({ dataFolder: layout.service(unit), logger });
  await removeContainers(layout, node, host(`container-runtime-${node}`));
  const packetFilter = new IptablesPacketFilter(systemProcesses);
  await cleanupKubeProxy(packetFilter);
  const { cniConfigFolder, ...settings } = podNetworkSettings(node, layout);
  await cleanupPodNetwork(
    { ...settings, cniConfig: new FileDisk(cniConfigFolder) },
    { network: new IpNodeNetwork(systemProcesses), packetFilter, host: host(`pod-network-${node}`) },
  );
}

/** Asks a runtime, started for this only, to remove every pod sandbox with its containers. */
async function removeContainers(layout: ClusterLayout, node: string, host: Host): Promise<void> {
  const paths = layout.node(node);
  const endpoint = new InProcessCriEndpoint();
  const broker = new MemoryBroker({ timers: host.timers, logger: host.logger });
  const bus = broker.connect();
  const running = await startService(
    containerRuntimeService,
    {
      nodeName: node,
      endpoint,
      streaming: undefined,
      driver: {
        kind: 'runc',
        folder: paths.runtime,
        runcPath: 'runc',
        cni: { binFolders: ['/usr/lib/cni', '/opt/cni/bin'], configFolder: paths.cniConfig },
        cgroupParent: '/orrery',
        archivesFolder: layout.archives,
      },
    },
    { host, bus, subjects: new Subjects('down'), instance: node },
    { processId: process.pid, version: ORRERY_VERSION },
  );
  const cri = await endpoint.connect();
  const { items } = await cri.listPodSandbox({ filter: undefined });
  for (const { id } of items) {
    await cri.stopPodSandbox({ podSandboxId: id });
    await cri.removePodSandbox({ podSandboxId: id });
  }
  cri.close();
  await running.stop();
  await bus.close();
}
