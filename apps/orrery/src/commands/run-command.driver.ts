import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Node, type NodeCondition } from '@orrery/api';
import { readAuditPolicy } from '@orrery/apiserver';
import { BusApiClient, createInformers } from '@orrery/client';
import {
  createLogger,
  type Disk,
  FileDisk,
  type Host,
  type Milliseconds,
  parseTime,
  systemHost,
  systemProcesses,
} from '@orrery/runtime';
import { serveAdmin } from '../admin/admin-socket.driver.ts';
import { type ClusterCertificates, ensureClusterCertificates } from '../certificates/cluster-certificates.ts';
import { clusterLayout } from '../cluster-plan/cluster-layout.ts';
import {
  type ApiChoices,
  apiServerNames,
  etcdServerNames,
  nodeAddress,
  planCluster,
} from '../cluster-plan/cluster-plan.ts';
import type { UpOptions } from '../command-line/command-line.ts';
import { claimDataFolder } from '../data-folder/data-folder.ts';
import { kubeconfig } from '../kubeconfig/kubeconfig.ts';
import { ClusterLauncher } from '../launcher/cluster-launcher.ts';
import { ProcessRecords } from '../process-records/process-records.driver.ts';
import { writeNewFile } from '../storage-backup/backup-file.driver.ts';
import { etcdChoice, textOf } from './etcd-choice.driver.ts';

/** Which containers a cluster runs, after `auto` has been resolved. */
export type RunOptions = UpOptions & { readonly containers: 'runc' | 'simulated' };

/** Runs a cluster inside this process (and its children) until it is asked to stop: over the admin socket, or by SIGTERM or SIGINT. */
export async function runCluster(root: string, options: RunOptions): Promise<void> {
  const layout = clusterLayout(root);
  const disk = new FileDisk(root);
  await claimDataFolder(disk, root);
  const logger = createLogger({ level: 'info', file: layout.logFile('orrery') });
  const host = systemHost({ dataFolder: root, logger });
  process.on('uncaughtException', (error) => {
    logger.error('launcher crashed', { error });
    process.exit(1);
  });
  const startedAt = host.clock.now();
  const records = new ProcessRecords(disk);
  await records.endLeftovers();
  await records.note('launcher', process.pid);

  const nodes = Array.from({ length: options.nodes }, (_, index) => `node-${index + 1}`);
  const etcd = etcdChoice(options);
  const shape = { ...options, nodes, apiPort: options.port, api: apiChoices(options), ...(etcd && { etcd }) };
  const address = nodeAddress(shape);
  const certificates = await ensureClusterCertificates(disk, {
    apiserver: apiServerNames(),
    nodes: Object.fromEntries(nodes.map((node) => [node, ['127.0.0.1', address]])),
    ...(options.etcdPort !== undefined && { etcd: etcdServerNames }),
  });
  if (options.etcdPort !== undefined) await writeEtcdFiles(disk, certificates);
  await disk.writeFile('cluster.json', Buffer.from(`${JSON.stringify(options)}\n`));
  const launcher = new ClusterLauncher({
    plans: planCluster(shape, layout, certificates),
    layout,
    bus: options.bus,
    processes: options.processes,
    host,
    childProcesses: systemProcesses,
    records,
    processId: process.pid,
    serviceCommand: (service) => [process.execPath, mainOf(service)],
  });
  mkdirSync(dirname(layout.adminSocket), { recursive: true });
  rmSync(layout.adminSocket, { force: true });
  let stop: () => void = () => {};
  const stopRequested = new Promise<void>((resolve) => {
    stop = resolve;
  });
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);

  await launcher.start();
  await disk.writeFile(
    'kubeconfig',
    Buffer.from(
      kubeconfig({
        cluster: 'orrery',
        server: `https://127.0.0.1:${options.port}`,
        certificateAuthority: certificates.authority.certificate,
        user: 'kubernetes-admin',
        ...certificates.admin,
      }),
    ),
  );
  const admin = await serveAdmin(layout.adminSocket, (path) =>
    answer(path, launcher, host, { nodes, startedAt }, stop),
  );
  process.send?.('listening');
  await stopRequested;
  await launcher.stop();
  await records.note('launcher', undefined);
  await admin.stop();
  process.exit(0);
}

/** What `etcdctl` takes as `--cacert`, `--cert` and `--key`. */
async function writeEtcdFiles(disk: Disk, { etcd }: ClusterCertificates): Promise<void> {
  if (etcd === undefined) return;
  await disk.writeFile('etcd/ca.crt', Buffer.from(etcd.authority.certificate));
  await disk.writeFile('etcd/client.crt', Buffer.from(etcd.client.certificate));
  await disk.writeFile('etcd/client.key', Buffer.from(etcd.client.key));
}

function apiChoices({ runtimeConfig, admission, auditPolicy }: UpOptions): ApiChoices {
  return {
    ...(runtimeConfig && { runtimeConfig }),
    ...(admission && { admission }),
    ...(auditPolicy && { audit: { policy: readAuditPolicy(textOf(auditPolicy)), path: 'audit.log' } }),
  };
}

/** `/status`, `/ready`, `/shutdown`, `/backup/FILE`, `/stop/UNIT`, `/start/UNIT`, `/kill/UNIT`. */
async function answer(
  path: string,
  launcher: ClusterLauncher,
  host: Host,
  awaited: AwaitedNodes,
  stop: () => void,
): Promise<unknown> {
  const [, verb, unit] = path.split('/').map(decodeURIComponent);
  switch (verb) {
    case 'status':
      return launcher.status();
    case 'ready':
      return awaitReadyNodes(launcher, host, awaited);
    case 'shutdown':
      host.timers.after(0, stop);
      return {};
    case 'backup':
      return writeNewFile(unit ?? '', launcher.backup());
    case 'stop':
      return launcher.unit(unit ?? '').stop();
    case 'start':
      return launcher.unit(unit ?? '').start();
    case 'kill':
      return launcher.unit(unit ?? '').kill();
    default:
      throw new Error(`there is no ${path} here`);
  }
}

/** The nodes of the plan, and since when this launcher runs: what a node said before that is the word of its former life. */
interface AwaitedNodes {
  readonly nodes: readonly string[];
  readonly startedAt: Milliseconds;
}

/** Resolves when every node of the plan has said that it is Ready. */
async function awaitReadyNodes(
  { bus, subjects }: ClusterLauncher,
  host: Host,
  { nodes, startedAt }: AwaitedNodes,
): Promise<void> {
  const api = new BusApiClient(bus, subjects, 'system:admin', { timers: host.timers });
  const informers = createInformers({ api, bus, subjects, host });
  const informer = informers.for(Node);
  const allReady = new Promise<void>((resolve) => {
    informer.onChange(() => {
      const ready = informer.lister
        .list()
        .filter((node) => node.status.conditions?.some((condition) => isReadySince(condition, startedAt)))
        .map((node) => node.metadata.name);
      if (nodes.every((node) => ready.includes(node))) resolve();
    });
  });
  await informers.start();
  await allReady;
  await informers.stop();
}

/** Conditions tell whole seconds. */
function isReadySince({ type, status, lastHeartbeatTime = '' }: NodeCondition, since: Milliseconds): boolean {
  return type === 'Ready' && status === 'True' && (parseTime(lastHeartbeatTime) ?? 0) >= since - 1000;
}

/** The program of a service's own process: `main.js` beside the package's `index.js`. */
function mainOf(service: string): string {
  return join(dirname(fileURLToPath(import.meta.resolve(`@orrery/${service}`))), 'main.js');
}
