import { beforeEach, describe, expect, it } from '@jest/globals';
import { containerEventTypes, containerStates, sandboxStates } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import { MemoryDisk, type VirtualHost, virtualHost } from '@orrery/runtime';
import { containerConfig, imageSpec, sandboxConfig } from '../cri-service/cri-messages.fixture.ts';
import { CriService } from '../cri-service/cri-service.ts';
import { SimulatedDriver } from './simulated-driver.ts';
import { SimulatedNetwork, simulatedProbeNetwork } from './simulated-network.ts';

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const simulation = (key: string, value: string) => ({ [`simulation.orrery.dev/web.${key}`]: value });

describe('the simulated runtime', () => {
  let host: VirtualHost;
  let runtime: CriService;
  let logs: MemoryDisk;
  let volumes: MemoryDisk;
  const network = new SimulatedNetwork();

  beforeEach(async () => {
    host = virtualHost({ seed: 1 });
    logs = new MemoryDisk();
    volumes = new MemoryDisk();
    const driver = new SimulatedDriver(host, {
      podCidr: '10.244.1.0/24',
      network,
      logs: { disk: logs, folder: '/var/log/pods' },
      volumes: { disk: volumes, folder: '/var/lib/kubelet' },
    });
    runtime = new CriService(host, driver, undefined);
    await runtime.start();
  });

  const run = async (
    sandbox: Partial<cri.PodSandboxConfig> & { name?: string } = {},
    container: Parameters<typeof containerConfig>[0] = {},
  ) => {
    const config = sandboxConfig(sandbox);
    const { podSandboxId } = await runtime.runPodSandbox({ config, runtimeHandler: '' });
    await runtime.pullImage({ image: imageSpec('web:1'), auth: undefined, sandboxConfig: config });
    const { containerId } = await runtime.createContainer({
      podSandboxId,
      config: containerConfig(container),
      sandboxConfig: config,
    });
    await runtime.startContainer({ containerId });
    return { podSandboxId, containerId };
  };
  const statusOf = async (containerId: string) =>
    (await runtime.containerStatus({ containerId, verbose: false })).status;

  it('gives each sandbox an address of its own from the pod CIDR and takes it back', async () => {
    const first = await run({ name: 'a' });
    const second = await run({ name: 'b' });
    const ipOf = async (podSandboxId: string) =>
      (await runtime.podSandboxStatus({ podSandboxId, verbose: false })).status?.network?.ip;
    expect(await ipOf(first.podSandboxId)).toBe('10.244.1.2');
    expect(await ipOf(second.podSandboxId)).toBe('10.244.1.3');
    await runtime.stopPodSandbox({ podSandboxId: first.podSandboxId });
    await runtime.stopPodSandbox({ podSandboxId: first.podSandboxId });
    expect(network.find('10.244.1.2')).toBeUndefined();
  });

  it('runs a container until it is asked to stop', async () => {
    const { containerId } = await run();
    await host.time.advance('1h');
    expect((await statusOf(containerId))?.state).toBe(containerStates.running);
    const stopped = runtime.stopContainer({ containerId, timeout: 30n });
    await host.time.advance(0);
    await stopped;
    expect(await statusOf(containerId)).toMatchObject({
      state: containerStates.exited,
      exitCode: 0,
      reason: 'Completed',
    });
  });

  it('kills a container that ignores the request when its grace is over', async () => {
    const { containerId } = await run({ annotations: simulation('stop-after', 'never') });
    const stopped = runtime.stopContainer({ containerId, timeout: 30n });
    await host.time.advance('29s');
    expect((await statusOf(containerId))?.state).toBe(containerStates.running);
    await host.time.advance('1s');
    await stopped;
    expect(await statusOf(containerId)).toMatchObject({ exitCode: 137, reason: 'Error' });
  });

  it.each([
    { command: ['sh', '-c', 'exit 3'], after: 0, exitCode: 3, log: [] },
    { command: ['false'], after: 0, exitCode: 1, log: [] },
    { command: ['sleep', '5'], after: 5000, exitCode: 0, log: [] },
    {
      command: ['sh', '-c', 'echo hello $WHO && sleep 1; echo bye'],
      after: 1000,
      exitCode: 0,
      log: ['hello you', 'bye'],
    },
  ])('does what a simple command says: $command', async ({ command, after, exitCode, log }) => {
    const { containerId } = await run({}, { command, envs: [{ key: 'WHO', value: new TextEncoder().encode('you') }] });
    if (after > 0) expect((await statusOf(containerId))?.state).toBe(containerStates.running);
    await host.time.advance(after);
    await host.time.settle();
    expect(await statusOf(containerId)).toMatchObject({ state: containerStates.exited, exitCode });
    const file = text(await logs.readFile('default_web-0_uid-web-0/web/0.log'));
    expect(
      file
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(' F ')[1]),
    ).toEqual(log);
  });

  it('writes logs in the format of CRI', async () => {
    const { containerId } = await run({ annotations: simulation('log', 'one\ntwo') });
    await runtime.stopContainer({ containerId, timeout: 0n });
    const lines = text(await logs.readFile('default_web-0_uid-web-0/web/0.log')).split('\n');
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F one$/);
    expect(lines[2]).toContain('simulated container web started');
  });

  it('crashes as often as its script says', async () => {
    const annotations = { ...simulation('crashes', '1'), ...simulation('exit-code', '7') };
    const first = await run({ annotations });
    await host.time.advance(1);
    expect(await statusOf(first.containerId)).toMatchObject({ exitCode: 7 });
    const config = containerConfig({ attempt: 1 });
    const { containerId } = await runtime.createContainer({
      podSandboxId: first.podSandboxId,
      config,
      sandboxConfig: undefined,
    });
    await runtime.startContainer({ containerId });
    await host.time.advance('1h');
    expect((await statusOf(containerId))?.state).toBe(containerStates.running);
  });

  it('fails to pull what does not exist, in the words of a registry client', async () => {
    const pulling = runtime.pullImage({
      image: imageSpec('does-not-exist:1'),
      auth: undefined,
      sandboxConfig: undefined,
    });
    await expect(pulling).rejects.toMatchObject({
      code: 'notFound',
      message:
        'failed to pull and unpack image "docker.io/library/does-not-exist:1": failed to resolve reference "docker.io/library/does-not-exist:1": docker.io/library/does-not-exist:1: not found',
    });
    expect((await runtime.imageStatus({ image: imageSpec('does-not-exist:1'), verbose: false })).image).toBeUndefined();
  });

  it('records a start that failed', async () => {
    const starting = run({ annotations: simulation('start-error', 'exec: "x": executable file not found in $PATH') });
    await expect(starting).rejects.toMatchObject({ code: 'unknown' });
    const { containers } = await runtime.listContainers({ filter: undefined });
    expect(await statusOf(containers[0]?.id ?? '')).toMatchObject({ exitCode: 128, reason: 'StartError' });
  });

  it('answers commands from mounts, environment and names', async () => {
    await volumes.writeFile('pods/uid/volumes/settings/colour', new TextEncoder().encode('blue\n'));
    const mount = { containerPath: '/settings', hostPath: '/var/lib/kubelet/pods/uid/volumes/settings' } as cri.Mount;
    const { containerId } = await run({}, { mounts: [mount] });
    const exec = async (...cmd: string[]) => {
      const { stdout, stderr, exitCode } = await runtime.execSync({ containerId, cmd, timeout: 0n });
      return { stdout: text(stdout), stderr: text(stderr), exitCode };
    };
    expect(await exec('cat', '/etc/hostname')).toMatchObject({ stdout: 'web-0\n', exitCode: 0 });
    expect(await exec('cat', '/settings/colour')).toMatchObject({ stdout: 'blue\n' });
    expect(await exec('ls', '/settings')).toMatchObject({ stdout: 'colour\n' });
    expect(await exec('cat', '/none')).toMatchObject({ stderr: expect.stringContaining('No such file'), exitCode: 1 });
    expect(await exec('sh', '-c', 'echo "$HOSTNAME"; exit 4')).toMatchObject({ stdout: 'web-0\n', exitCode: 4 });
    await expect(exec('nonsense')).rejects.toMatchObject({
      message: expect.stringContaining('executable file not found'),
    });
  });

  it('gives up a command at its deadline', async () => {
    const { containerId } = await run();
    const running = runtime.execSync({ containerId, cmd: ['sleep', '60'], timeout: 2n });
    const outcome = expect(running).rejects.toMatchObject({ code: 'deadlineExceeded' });
    await host.time.advance('2s');
    await outcome;
  });

  it('lets probes through while the containers run and are ready', async () => {
    const { podSandboxId } = await run({ name: 'probed', annotations: simulation('ready-after', '5s') });
    const { status } = await runtime.podSandboxStatus({ podSandboxId, verbose: false });
    const request = { host: status?.network?.ip ?? '', port: 80 };
    await expect(simulatedProbeNetwork(network).http(request)).rejects.toThrow('connection refused');
    await host.time.advance('5s');
    await expect(simulatedProbeNetwork(network).http(request)).resolves.toMatchObject({ status: 200 });
    await runtime.stopPodSandbox({ podSandboxId });
    await expect(simulatedProbeNetwork(network).tcp(request)).rejects.toThrow('connection refused');
  });

  it('tells what happens as events, until the listener leaves', async () => {
    const left = new AbortController();
    const events = runtime.getContainerEvents({}, left.signal)[Symbol.asyncIterator]();
    const { podSandboxId, containerId } = await run({}, { command: ['true'] });
    await host.time.settle();
    await runtime.removePodSandbox({ podSandboxId });
    const seen: [string, number][] = [];
    for (let count = 0; count < 8; count++) {
      const { value } = await events.next();
      seen.push([value.containerId === containerId ? 'container' : 'sandbox', value.containerEventType]);
    }
    left.abort();
    expect((await events.next()).done).toBe(true);
    const { created, started, stopped, deleted } = containerEventTypes;
    expect(seen).toEqual([
      ['sandbox', created],
      ['sandbox', started],
      ['container', created],
      ['container', started],
      ['container', stopped],
      ['sandbox', stopped],
      ['container', deleted],
      ['sandbox', deleted],
    ]);
  });

  it('filters by state, label and start of the id', async () => {
    const { podSandboxId, containerId } = await run({ name: 'a' });
    await run({ name: 'b' }, { command: ['true'] });
    await host.time.settle();
    const filter = { id: '', podSandboxId: '', state: { state: containerStates.running }, labelSelector: {} };
    expect((await runtime.listContainers({ filter })).containers.map(({ id }) => id)).toEqual([containerId]);
    const labelSelector = { 'io.kubernetes.pod.name': 'a' };
    const { items } = await runtime.listPodSandbox({
      filter: { id: '', state: { state: sandboxStates.ready }, labelSelector },
    });
    expect(items.map(({ id }) => id)).toEqual([podSandboxId]);
    expect((await statusOf(containerId.slice(0, 13)))?.id).toBe(containerId);
  });

  it('refuses a second sandbox of the same name and finds nothing wrong with removing twice', async () => {
    const { podSandboxId, containerId } = await run();
    await expect(runtime.runPodSandbox({ config: sandboxConfig(), runtimeHandler: '' })).rejects.toMatchObject({
      code: 'alreadyExists',
      message: expect.stringContaining('failed to reserve sandbox name "web-0_default_uid-web-0_0"'),
    });
    await runtime.removeContainer({ containerId });
    await runtime.removeContainer({ containerId });
    await runtime.stopContainer({ containerId, timeout: 1n });
    await runtime.removePodSandbox({ podSandboxId });
    await runtime.removePodSandbox({ podSandboxId });
    await expect(statusOf(containerId)).rejects.toMatchObject({ code: 'notFound' });
  });

  it('lives the same life with the same seed', async () => {
    const live = async () => {
      const again = virtualHost({ seed: 7 });
      const driver = new SimulatedDriver(again, {
        podCidr: '10.244.1.0/24',
        network: new SimulatedNetwork(),
        logs: undefined,
        volumes: undefined,
      });
      runtime = new CriService(again, driver, undefined);
      host = again;
      const { podSandboxId } = await run({}, { command: ['sh', '-c', 'sleep 3; exit 2'] });
      await again.time.advance('5s');
      const { status, containersStatuses } = await runtime.podSandboxStatus({ podSandboxId, verbose: false });
      return { status, containersStatuses };
    };
    expect(await live()).toEqual(await live());
  });
});
