import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { containerStates } from '@orrery/cri';
import { FileDisk, type Host, SystemClock, SystemTimers, systemIds, virtualHost } from '@orrery/runtime';
import type { RuncDriverConfig } from '../container-runtime.config.ts';
import { containerConfig, imageSpec, sandboxConfig } from '../cri-service/cri-messages.fixture.ts';
import { CriService } from '../cri-service/cri-service.ts';
import { buildImage } from '../image-build/build-image.ts';
import { busyboxFiles, storeArchive } from '../image-build/image-archives.driver.ts';
import { createRuncDriver } from './runc.driver.ts';

const missing = process.geteuid?.() !== 0 ? 'not root' : ['runc', 'busybox', 'unshare'].find((name) => !exists(name));
if (missing) process.stderr.write(`real containers are not tested here: ${missing}\n`);

function exists(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    return false;
  }
}

(missing ? describe.skip : describe)('the runc runtime', () => {
  let folder: string;
  let host: Host;
  let config: RuncDriverConfig;
  let runtime: CriService;
  const bridge = 'orrtest0';

  const boot = async () => {
    runtime = new CriService(host, await createRuncDriver(config, host), undefined);
    await runtime.start();
  };
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const ended = async (containerId: string) => {
    const left = new AbortController();
    const events = runtime.getContainerEvents({}, left.signal);
    for (;;) {
      const { status } = await runtime.containerStatus({ containerId, verbose: false });
      if (status?.state === containerStates.exited) {
        left.abort();
        return status;
      }
      await events[Symbol.asyncIterator]().next();
    }
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orrery-runc-'));
    host = {
      ...virtualHost({ seed: 1 }),
      clock: new SystemClock(),
      timers: new SystemTimers(),
      ids: systemIds,
      disk: new FileDisk(join(folder, 'records')),
    };
    config = {
      kind: 'runc',
      folder: join(folder, 'state'),
      runcPath: 'runc',
      cni: { binFolders: ['/usr/lib/cni'], configFolder: join(folder, 'net.d') },
      cgroupParent: '/orrery-test',
      archivesFolder: join(folder, 'archives'),
    };
    await mkdir(config.cni.configFolder);
    const ipam = { type: 'host-local', ranges: [[{ subnet: '10.244.250.0/24' }]], dataDir: join(folder, 'ipam') };
    const plugins = [{ type: 'bridge', bridge, isGateway: true, ipam }];
    await writeFile(
      join(config.cni.configFolder, '10.conflist'),
      JSON.stringify({ cniVersion: '0.4.0', name: 'test', plugins }),
    );
    const archive = buildImage({ reference: 'hello:1', files: await busyboxFiles(), command: ['sleep', '1000'] });
    await storeArchive(archive, 'hello:1', config.archivesFolder);
    await boot();
  }, 60_000);

  afterAll(async () => {
    await runtime.stop();
    execFileSync('sh', ['-c', `ip link del ${bridge} 2>/dev/null || true`]);
    await rm(folder, { recursive: true, force: true });
  });

  it('runs a pod: image, network, log, exec, life across a restart, end', async () => {
    const pod = sandboxConfig({ name: 'real', logDirectory: join(folder, 'logs') });
    const { podSandboxId } = await runtime.runPodSandbox({ config: pod, runtimeHandler: '' });
    const { status } = await runtime.podSandboxStatus({ podSandboxId, verbose: false });
    expect(status?.network?.ip).toMatch(/^10\.244\.250\./);
    const image = imageSpec('hello:1');
    await runtime.pullImage({ image, auth: undefined, sandboxConfig: pod });
    const script = 'echo started on $(hostname); trap "echo bye; exit 7" TERM; while :; do sleep 0.1; done';
    const create = (overrides: Parameters<typeof containerConfig>[0]) =>
      runtime.createContainer({ podSandboxId, config: containerConfig({ image, ...overrides }), sandboxConfig: pod });
    const { containerId } = await create({ command: ['sh', '-c', script] });
    await runtime.startContainer({ containerId });

    const exec = await runtime.execSync({
      containerId,
      cmd: ['sh', '-c', 'cat /etc/hostname; echo oops >&2; exit 3'],
      timeout: 10n,
    });
    expect({ ...exec, stdout: text(exec.stdout), stderr: text(exec.stderr) }).toEqual({
      stdout: 'real\n',
      stderr: 'oops\n',
      exitCode: 3,
    });
    await expect(runtime.execSync({ containerId, cmd: ['nonsense'], timeout: 10n })).rejects.toThrow(
      'executable file not found',
    );
    await expect(runtime.execSync({ containerId, cmd: ['sleep', '60'], timeout: 1n })).rejects.toMatchObject({
      code: 'deadlineExceeded',
    });

    await runtime.stop();
    await boot();
    expect((await runtime.containerStatus({ containerId, verbose: false })).status?.state).toBe(
      containerStates.running,
    );
    await runtime.stopContainer({ containerId, timeout: 10n });
    expect((await runtime.containerStatus({ containerId, verbose: false })).status).toMatchObject({
      exitCode: 7,
      reason: 'Error',
    });
    const log = await readFile(join(folder, 'logs', 'web', '0.log'), 'utf8');
    expect(
      log
        .split('\n')
        .filter(Boolean)
        .map((line) => line.replace(/^\S+ /, '')),
    ).toEqual(['stdout F started on real', 'stdout F bye']);

    const failing = await create({ name: 'failing', command: ['nonsense'] });
    await expect(runtime.startContainer({ containerId: failing.containerId })).rejects.toThrow(
      'executable file not found',
    );
    const quick = await create({ name: 'quick', command: ['sh', '-c', 'printf unfinished; exit 5'] });
    await runtime.startContainer({ containerId: quick.containerId });
    expect(await ended(quick.containerId)).toMatchObject({ exitCode: 5 });
    expect(await readFile(join(folder, 'logs', 'quick', '0.log'), 'utf8')).toMatch(/ stdout F unfinished\n$/);

    await runtime.removePodSandbox({ podSandboxId });
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(folder);
    expect(execFileSync('sh', ['-c', `ps -ef | grep -F ${folder} | grep -v grep || true`]).toString()).toBe('');
    expect((await runtime.listContainers({ filter: undefined })).containers).toEqual([]);
  }, 60_000);
});
