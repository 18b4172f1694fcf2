import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CriError } from '@orrery/cri';
import type { Processes } from '@orrery/runtime';
import type { SandboxRecord } from '../cri-service/records.ts';

interface PluginConfig {
  readonly type: string;
  readonly capabilities?: Readonly<Record<string, boolean>>;
}

interface NetworkConfigList {
  readonly cniVersion: string;
  readonly name: string;
  readonly plugins: readonly PluginConfig[];
}

interface CniResult {
  readonly ips?: readonly { readonly address: string }[];
}

/** What was done for a sandbox, kept until it is undone. */
interface Attachment {
  readonly list: NetworkConfigList;
  readonly result: CniResult;
}

const protocolNames = ['tcp', 'udp', 'sctp'];

/** Attaches sandboxes to the pod network with the standard's plugins: the first configuration of the folder counts. */
export class Cni {
  constructor(
    private readonly binFolders: readonly string[],
    private readonly configFolder: string,
    /** Where attachments are remembered. */
    private readonly stateFolder: string,
    private readonly processes: Processes,
  ) {}

  async problem(): Promise<string | undefined> {
    return (await this.loadConfig()) ? undefined : 'cni plugin not initialized';
  }

  /** Resolves with the sandbox' addresses, without their prefix lengths. Undoes what it did before it throws. */
  async attach(sandbox: SandboxRecord, netnsPath: string): Promise<string[]> {
    const list = await this.loadConfig();
    if (!list) throw this.failure(sandbox, 'cni plugin not initialized');
    try {
      await this.call(
        'ADD',
        { type: 'loopback' },
        { list: { ...list, name: 'lo' }, sandbox, netnsPath, interfaceName: 'lo' },
      );
      let result: CniResult = {};
      for (const plugin of list.plugins)
        result = JSON.parse(
          await this.call('ADD', plugin, { list, sandbox, netnsPath, interfaceName: 'eth0', previous: result }),
        ) as CniResult;
      await mkdir(this.stateFolder, { recursive: true });
      await writeFile(this.pathOf(sandbox), JSON.stringify({ list, result } satisfies Attachment));
      return (result.ips ?? []).map(({ address }) => address.replace(/\/\d+$/, ''));
    } catch (error) {
      await this.undo({ list, result: {} }, sandbox, netnsPath).catch(() => {});
      throw this.failure(sandbox, error instanceof Error ? error.message : String(error), error);
    }
  }

  /** Twice is fine. `netnsPath` is empty where the namespace is gone already. */
  async detach(sandbox: SandboxRecord, netnsPath: string): Promise<void> {
    const text = await readFile(this.pathOf(sandbox), 'utf8').catch(() => undefined);
    if (text === undefined) return;
    await this.undo(JSON.parse(text) as Attachment, sandbox, netnsPath);
    await rm(this.pathOf(sandbox), { force: true });
  }

  private async undo({ list, result }: Attachment, sandbox: SandboxRecord, netnsPath: string): Promise<void> {
    for (const plugin of [...list.plugins].reverse())
      await this.call('DEL', plugin, { list, sandbox, netnsPath, interfaceName: 'eth0', previous: result });
  }

  private async call(
    command: 'ADD' | 'DEL',
    plugin: PluginConfig,
    to: {
      list: NetworkConfigList;
      sandbox: SandboxRecord;
      netnsPath: string;
      interfaceName: string;
      previous?: CniResult;
    },
  ): Promise<string> {
    const { list, sandbox, netnsPath, interfaceName, previous } = to;
    const input = JSON.stringify({
      ...plugin,
      cniVersion: list.cniVersion,
      name: list.name,
      ...(previous && Object.keys(previous).length > 0 && { prevResult: previous }),
      ...(plugin.capabilities?.portMappings && { runtimeConfig: { portMappings: portMappings(sandbox) } }),
    });
    const { name = '', namespace = '', uid = '' } = sandbox.config.metadata ?? {};
    const { exitCode, stdout, stderr } = await this.processes.run(await this.findPlugin(plugin.type), [], {
      input,
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        CNI_COMMAND: command,
        CNI_CONTAINERID: sandbox.id,
        CNI_NETNS: netnsPath,
        CNI_IFNAME: interfaceName,
        CNI_PATH: this.binFolders.join(':'),
        CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${namespace};K8S_POD_NAME=${name};K8S_POD_INFRA_CONTAINER_ID=${sandbox.id};K8S_POD_UID=${uid}`,
      },
    });
    if (exitCode === 0) return stdout;
    throw new CriError(
      'unknown',
      `plugin type="${plugin.type}" failed (${command.toLowerCase()}): ${problemOf(stdout) ?? stderr.trim()}`,
    );
  }

  private async loadConfig(): Promise<NetworkConfigList | undefined> {
    const names = (await readdir(this.configFolder).catch(() => [])).sort();
    for (const name of names) {
      if (!/\.(conflist|conf|json)$/.test(name)) continue;
      const config = parseConfig(await readFile(join(this.configFolder, name), 'utf8'));
      if (config) return config;
    }
    return undefined;
  }

  private async findPlugin(type: string): Promise<string> {
    for (const folder of this.binFolders) {
      const path = join(folder, type);
      if (
        await access(path).then(
          () => true,
          () => false,
        )
      )
        return path;
    }
    throw new CriError('unknown', `failed to find plugin "${type}" in path [${this.binFolders.join(' ')}]`);
  }

  private pathOf(sandbox: SandboxRecord): string {
    return join(this.stateFolder, `${sandbox.id}.json`);
  }

  private failure(sandbox: SandboxRecord, why: string, cause?: unknown): CriError {
    return new CriError('unknown', `failed to setup network for sandbox "${sandbox.id}": ${why}`, { cause });
  }
}

function portMappings(sandbox: SandboxRecord): unknown[] {
  return sandbox.config.portMappings
    .filter(({ hostPort }) => hostPort > 0)
    .map(({ hostPort, containerPort, protocol, hostIp }) => ({
      hostPort,
      containerPort,
      protocol: protocolNames[protocol],
      hostIP: hostIp,
    }));
}

function parseConfig(text: string): NetworkConfigList | undefined {
  try {
    const config = JSON.parse(text) as Partial<NetworkConfigList> & Partial<PluginConfig>;
    const { cniVersion = '0.4.0', name = '' } = config;
    if (config.plugins && config.plugins.length > 0) return { cniVersion, name, plugins: config.plugins };
    return config.type === undefined ? undefined : { cniVersion, name, plugins: [config as PluginConfig] };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function problemOf(stdout: string): string | undefined {
  try {
    return (JSON.parse(stdout) as { msg?: string }).msg;
  } catch {
    return undefined;
  }
}
