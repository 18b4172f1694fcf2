import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CriError, namespaceModes } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import { type Host, type Processes, systemProcesses } from '@orrery/runtime';
import { Cni } from '../cni/cni.driver.ts';
import type { RuncDriverConfig } from '../container-runtime.config.ts';
import type { ContainerExit, ContainerRecord, CreatedContainer, SandboxRecord } from '../cri-service/records.ts';
import { nowNanoseconds } from '../cri-service/runtime-context.ts';
import type {
  ContainerPlan,
  ContainerUsage,
  ExecCommand,
  PortIo,
  ProcessIo,
  RuntimeDriver,
} from '../cri-service/runtime-driver.ts';
import { ArchiveSource } from '../images/archive-source.driver.ts';
import { ImageStore } from '../images/image-store.driver.ts';
import { RegistrySource } from '../images/registry-source.driver.ts';
import { cgroupUsage, removeEmptyCgroups } from './cgroups.driver.ts';
import { ContainerProcess, type Runc, removeFolder } from './container-process.driver.ts';
import { connectToPort, execInContainer } from './exec-process.driver.ts';
import { resolveUser } from './image-user.driver.ts';
import { mountOverlay, mustRun, unmount } from './mounts.driver.ts';
import { ociResources, ociSpec, type SpecDevice } from './oci-spec.ts';
import { SandboxNamespaces } from './sandbox-namespaces.driver.ts';

export async function createRuncDriver(config: RuncDriverConfig, host: Host): Promise<RuntimeDriver> {
  if (process.geteuid?.() !== 0) throw new CriError('unavailable', 'real containers need root');
  const { exitCode, stdout } = await systemProcesses.run(config.runcPath, ['--version']);
  if (exitCode !== 0) throw new CriError('unavailable', `${config.runcPath} --version failed`);
  const version = /version\s+(\S+)/.exec(stdout)?.[1] ?? 'unknown';
  return new RuncDriver(config, host, systemProcesses, version);
}

/** Real containers: an OCI runtime, overlayfs, CNI and cgroups. Everything outlives this process. */
class RuncDriver implements RuntimeDriver {
  readonly runtimeName = 'orrery';
  readonly durable = true;
  readonly images: ImageStore;
  private readonly runc: Runc;
  private readonly cni: Cni;
  private readonly namespaces: SandboxNamespaces;
  private readonly running = new Map<string, ContainerProcess>();

  constructor(
    private readonly config: RuncDriverConfig,
    private readonly host: Host,
    private readonly processes: Processes,
    readonly runtimeVersion: string,
  ) {
    const { folder } = config;
    const sources = [new ArchiveSource(config.archivesFolder), new RegistrySource(config.registries ?? {})];
    this.images = new ImageStore(join(folder, 'images'), sources, host, processes);
    this.runc = { path: config.runcPath, stateFolder: join(folder, 'runc') };
    this.cni = new Cni(config.cni.binFolders, config.cni.configFolder, join(folder, 'cni'), processes);
    this.namespaces = new SandboxNamespaces(join(folder, 'sandboxes'), processes);
  }

  async start(): Promise<void> {
    await mkdir(this.runc.stateFolder, { recursive: true });
    await this.images.start();
  }

  async stop(): Promise<void> {
    for (const container of this.running.values()) container.close();
  }

  networkProblem(): Promise<string | undefined> {
    return this.cni.problem();
  }

  /** The network agent writes it into the CNI configuration. */
  setPodCidr(): void {}

  async createSandbox(sandbox: SandboxRecord): Promise<{ ips: readonly string[] }> {
    try {
      await this.namespaces.create(sandbox);
      const { network } = this.namespaces.pathsOf(sandbox);
      const ips = network === undefined ? [] : await this.cni.attach(sandbox, network);
      await this.namespaces.nameAddress(sandbox, ips[0]);
      return { ips };
    } catch (error) {
      await this.namespaces.remove(sandbox);
      throw error;
    }
  }

  isSandboxAlive(sandbox: SandboxRecord): Promise<boolean> {
    return this.namespaces.isAlive(sandbox);
  }

  async stopSandbox(sandbox: SandboxRecord): Promise<void> {
    const { network } = this.namespaces.pathsOf(sandbox);
    if (network !== undefined) await this.cni.detach(sandbox, (await this.namespaces.isAlive(sandbox)) ? network : '');
    await this.namespaces.release(sandbox);
  }

  async removeSandbox(sandbox: SandboxRecord): Promise<void> {
    await this.stopSandbox(sandbox);
    await this.namespaces.remove(sandbox);
    await removeEmptyCgroups(this.cgroupParent(sandbox));
  }

  async createContainer(plan: ContainerPlan, sandbox: SandboxRecord): Promise<CreatedContainer> {
    const { image, config, layers } = await this.images.unpacked(plan.config.image?.image ?? '');
    const folder = this.folderOf(plan.id);
    const [upper, work, rootfs] = ['upper', 'work', 'bundle/rootfs'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    for (const path of [upper, work, rootfs]) await mkdir(path, { recursive: true });
    try {
      await mountOverlay(this.processes, { lower: layers, upper, work, target: rootfs });
      const user = await resolveUser(rootfs, config.config?.User ?? '', plan.config.linux?.securityContext);
      for (const { hostPath } of plan.config.mounts) await makeMissing(hostPath);
      const namespaces = { ...this.namespaces.pathsOf(sandbox), ...(await this.targetPid(plan)) };
      const spec = ociSpec({
        container: plan,
        sandbox,
        image: config,
        rootfs,
        user,
        namespaces,
        podFiles: this.namespaces.podFiles(sandbox),
        cgroupsPath: this.cgroupOf(plan.id, sandbox),
        devices: await this.devicesOf(plan.config),
      });
      await writeFile(join(folder, 'bundle', 'config.json'), JSON.stringify(spec));
      await writeFile(join(folder, 'cgroup'), this.cgroupOf(plan.id, sandbox));
      return {
        imageId: image.id,
        imageRef: image.repoDigests[0] ?? image.id,
        stopSignal: signalName(config.config?.StopSignal),
        user,
      };
    } catch (error) {
      await this.removeContainer(plan);
      throw error;
    }
  }

  async startContainer(container: ContainerRecord): Promise<{ startedAt: bigint }> {
    const running = this.processOf(container);
    await running.start();
    this.running.set(container.id, running);
    return { startedAt: nowNanoseconds(this.host) };
  }

  async waitContainer(container: ContainerRecord): Promise<ContainerExit> {
    const running = this.running.get(container.id) ?? this.processOf(container);
    this.running.set(container.id, running);
    try {
      return await running.wait();
    } finally {
      this.running.delete(container.id);
    }
  }

  async signalContainer(container: ContainerRecord, signal: string): Promise<void> {
    await this.running.get(container.id)?.signal(signal);
  }

  async removeContainer({ id }: Pick<ContainerRecord, 'id'>): Promise<void> {
    await this.processes.run(this.runc.path, ['--root', this.runc.stateFolder, 'delete', '--force', id]);
    await unmount(this.processes, join(this.folderOf(id), 'bundle', 'rootfs'));
    await removeFolder(this.folderOf(id));
  }

  async updateContainerResources(container: ContainerRecord, resources: cri.LinuxContainerResources): Promise<void> {
    const { memory, cpu } = ociResources(resources, false, []);
    const path = join(this.folderOf(container.id), 'resources.json');
    await writeFile(path, JSON.stringify({ memory, cpu }));
    await mustRun(this.processes, this.runc.path, [
      '--root',
      this.runc.stateFolder,
      'update',
      '--resources',
      path,
      container.id,
    ]);
  }

  async reopenContainerLog(container: ContainerRecord): Promise<void> {
    await this.running.get(container.id)?.reopenLog();
  }

  async containerUsage(container: ContainerRecord): Promise<ContainerUsage> {
    return cgroupUsage(await readFile(join(this.folderOf(container.id), 'cgroup'), 'utf8').catch(() => '/none'));
  }

  exec(container: ContainerRecord, command: ExecCommand, io: ProcessIo, signal: AbortSignal): Promise<number> {
    const options = {
      containerId: container.id,
      folder: this.folderOf(container.id),
      name: this.host.ids.suffix(10),
      command,
    };
    return execInContainer(this.runc, this.processes, options, io, signal);
  }

  async attach(container: ContainerRecord, io: ProcessIo, signal: AbortSignal): Promise<void> {
    await this.running.get(container.id)?.attach(io, signal);
  }

  portForward(sandbox: SandboxRecord, port: number, io: PortIo, signal: AbortSignal): Promise<void> {
    return connectToPort(this.namespaces.pathsOf(sandbox).network ?? '', port, io, signal);
  }

  private processOf(container: ContainerRecord): ContainerProcess {
    const { id, logPath, config } = container;
    const { tty, stdin, stdinOnce } = config;
    const options = { id, folder: this.folderOf(id), logPath, tty, stdin, stdinOnce };
    return new ContainerProcess(options, this.runc, this.host, this.processes);
  }

  private async targetPid({ config }: ContainerPlan): Promise<{ pid?: string }> {
    const options = config.linux?.securityContext?.namespaceOptions;
    if (options?.pid !== namespaceModes.target) return {};
    const target = this.running.get(options.targetId);
    if (!target) throw new CriError('unknown', `target container "${options.targetId}" is not running`);
    return { pid: `/proc/${await target.pid()}/ns/pid` };
  }

  private async devicesOf(config: cri.ContainerConfig): Promise<SpecDevice[]> {
    const devices: SpecDevice[] = [];
    for (const { hostPath, containerPath } of config.devices) {
      const { rdev, mode } = await stat(hostPath);
      const type = (mode & 0o170000) === 0o060000 ? 'b' : 'c';
      devices.push({
        path: containerPath,
        type,
        major: (rdev >> 8) & 0xfff,
        minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00),
      });
    }
    return devices;
  }

  private folderOf(id: string): string {
    return join(this.config.folder, 'containers', id);
  }

  private cgroupParent(sandbox: SandboxRecord): string {
    return (
      sandbox.config.linux?.cgroupParent ||
      `${this.config.cgroupParent}/pod${sandbox.config.metadata?.uid || sandbox.id}`
    );
  }

  private cgroupOf(containerId: string, sandbox: SandboxRecord): string {
    return join(this.cgroupParent(sandbox), containerId);
  }
}

/** As containerd: a mount of what does not exist is a mount of an empty folder. */
async function makeMissing(path: string): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) await mkdir(path, { recursive: true });
}

/** Images write `TERM`, `SIGTERM` or a number. */
function signalName(text: string | undefined): string {
  if (!text) return 'SIGTERM';
  return /^\d+$/.test(text) || text.startsWith('SIG') ? text : `SIG${text}`;
}
