import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildImage, busyboxFiles, storeArchive } from '@orrery/container-runtime';
import { askAdmin, NotRunningError } from '../admin/admin-socket.driver.ts';
import { type ClusterLayout, clusterLayout } from '../cluster-plan/cluster-layout.ts';
import { type UpOptions, UsageError } from '../command-line/command-line.ts';
import { helloImages } from '../example-images/hello-images.ts';
import { etcdChoice } from './etcd-choice.driver.ts';
import { obstaclesToRealContainers } from './machine-abilities.driver.ts';
import type { RunOptions } from './run-command.driver.ts';

/** The cluster did not come up; the message says why, as far as its log tells. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Starts a cluster in the background, waits until its nodes are ready, and says what to try. */
export async function up(root: string, options: UpOptions, say: (line: string) => void): Promise<void> {
  const layout = clusterLayout(root);
  if (await isRunning(layout)) {
    throw new StartError(`a cluster is running from ${root} already; orrery status shows it, orrery down stops it`);
  }
  // What is wrong with it is better said here than in a log.
  etcdChoice(options);
  const containers = chooseContainers(options, say);
  const started = performance.now();
  mkdirSync(layout.logs, { recursive: true });
  mkdirSync(dirname(layout.adminSocket), { recursive: true });
  if (containers === 'runc') await ensureExampleImages(layout);
  await launch(root, layout, { ...options, containers });
  await askAdmin(layout.adminSocket, '/ready');
  say(greeting(layout, options, Math.round(performance.now() - started)));
}

async function isRunning(layout: ClusterLayout): Promise<boolean> {
  try {
    await askAdmin(layout.adminSocket, '/status');
    return true;
  } catch (error) {
    if (error instanceof NotRunningError) return false;
    throw error;
  }
}

function chooseContainers(options: UpOptions, say: (line: string) => void): RunOptions['containers'] {
  if (options.bus === 'memory' || options.containers === 'simulated') return 'simulated';
  const obstacles = obstaclesToRealContainers();
  if (options.nodes > 1) obstacles.push('several nodes with real containers on one machine are still to come');
  if (obstacles.length === 0) return 'runc';
  if (options.containers === 'runc') throw new UsageError(obstacles.join('\n'));
  say(`pods will be simulated:\n${obstacles.map((obstacle) => `  ${obstacle}`).join('\n')}`);
  return 'simulated';
}

/** The images of the example, from the machine's own busybox, so that the first session needs no registry. */
async function ensureExampleImages(layout: ClusterLayout): Promise<void> {
  const files = await busyboxFiles();
  for (const recipe of helloImages(files)) await storeArchive(buildImage(recipe), recipe.reference, layout.archives);
}

/** Runs `orrery run` as a process of its own and resolves when it has opened its admin socket. */
async function launch(root: string, layout: ClusterLayout, options: RunOptions): Promise<void> {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const output = layout.logFile('launcher');
  const file = openSync(output, 'w');
  const child = spawn(process.execPath, [main, 'run', '--data', root, ...argumentsOf(options)], {
    detached: true,
    stdio: ['ignore', file, file, 'ipc'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('error', reject);
    child.once('exit', () => reject(new StartError(reasonFrom(output))));
  });
  child.disconnect();
  child.unref();
}

function argumentsOf(options: RunOptions): string[] {
  return [
    ...['--bus', options.bus],
    ...['--containers', options.containers],
    ...['--nodes', String(options.nodes)],
    ...(options.storage === undefined
      ? ['--storage-replicas', String(options.storageReplicas)]
      : ['--storage', options.storage]),
    ...(options.etcdPort === undefined ? [] : ['--etcd-port', String(options.etcdPort)]),
    ...['--port', String(options.port)],
    ...(options.processes ? ['--processes'] : []),
    ...['--runtime-config', (options.runtimeConfig ?? []).join()],
    ...['--enable-admission-plugins', (options.admission?.enable ?? []).join()],
    ...['--disable-admission-plugins', (options.admission?.disable ?? []).join()],
    ...(options.auditPolicy === undefined ? [] : ['--audit-policy', options.auditPolicy]),
  ];
}

function reasonFrom(output: string): string {
  const text = readFileSync(output, 'utf8').trim();
  return text === '' ? 'the cluster ended while it started' : text.replace(/^orrery: /, '');
}

function greeting(layout: ClusterLayout, { bus, processes }: UpOptions, tookMs: number): string {
  const shown = (path: string): string => {
    const short = relative(process.cwd(), path);
    return short.startsWith('..') ? path : short;
  };
  const mode =
    bus === 'memory'
      ? 'in one process, without a broker'
      : processes
        ? 'each service its own process'
        : 'all services in one process';
  return `
ready in ${tookMs} ms (${mode})

  export KUBECONFIG=${layout.kubeconfig}

then, for example

  kubectl get nodes -o wide
  kubectl apply -f ${shown(join(process.cwd(), 'k8s-manifests/examples/hello.yaml'))}
  kubectl rollout status deployment/hello
  curl http://$(kubectl get service hello -o jsonpath='{.spec.clusterIP}')/
  npx orrery status
  npm run down

A dashboard is to come. Logs are in ${shown(layout.logs)}.`;
}
