import { spawn } from 'node:child_process';
import type { ApiObject, ObjectKey, ResourceInfo } from '@orrery/api';
import type { HttpsCluster } from '../../api/https-cluster.ts';
import type { Kubectl } from '../../e2e/kubectl-versions.ts';
import { EventReader } from './event-reader.ts';
import { type Face, kubectlName, type OpenWatch, type PatchType } from './face.ts';

/** kubectl, as a person or a script calls it. */
export class KubectlFace implements Face {
  constructor(
    private readonly cluster: HttpsCluster,
    private readonly kubectl: Kubectl,
  ) {}

  get name(): string {
    return this.kubectl.label;
  }

  patchTypes(): readonly PatchType[] {
    return ['merge', 'strategic', 'json', 'apply'];
  }

  create(_: ResourceInfo, object: ApiObject): Promise<ApiObject> {
    return this.json(['create', '-f', '-', '-o', 'json'], object);
  }

  get(info: ResourceInfo, key: ObjectKey): Promise<ApiObject> {
    return this.json(['get', kubectlName(info), key.name, ...scope(info, key), '-o', 'json']);
  }

  async list(info: ResourceInfo, namespace: string): Promise<ApiObject[]> {
    const { items } = await this.json([
      'get',
      kubectlName(info),
      ...scope(info, { namespace, name: '' }),
      '-o',
      'json',
    ]);
    return items;
  }

  async watch(info: ResourceInfo, namespace: string): Promise<OpenWatch> {
    const args = ['get', kubectlName(info), ...scope(info, { namespace, name: '' })];
    const child = spawn(this.kubectl.path, [...args, '--watch', '--output-watch-events', '-o', 'json'], {
      env: this.cluster.kubectlEnvironment,
    });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const reader = new EventReader(() => child.kill());
    let problem = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      problem += text;
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => reader.take(text));
    void ended.then(() => reader.fail(new Error(`kubectl get --watch ended: ${problem}`)));
    return {
      next: (name) => reader.next(name),
      close: async () => {
        await reader.close();
        await ended;
      },
    };
  }

  update(_: ResourceInfo, object: ApiObject): Promise<ApiObject> {
    return this.json(['replace', '-f', '-', '-o', 'json'], object);
  }

  patch(info: ResourceInfo, key: ObjectKey, type: PatchType, patch: unknown): Promise<ApiObject> {
    if (type === 'apply') {
      const flags = ['--server-side', '--force-conflicts', '--field-manager=contract'];
      return this.json(['apply', '-f', '-', ...flags, '-o', 'json'], patch);
    }
    const target = [kubectlName(info), key.name, ...scope(info, key)];
    return this.json(['patch', ...target, `--type=${type}`, '-p', JSON.stringify(patch), '-o', 'json']);
  }

  async delete(info: ResourceInfo, key: ObjectKey): Promise<void> {
    await this.run(['delete', kubectlName(info), key.name, ...scope(info, key), '--wait=false']);
  }

  async table(info: ResourceInfo, key: ObjectKey): Promise<{ header: string; row: string }> {
    const text = await this.run(['get', kubectlName(info), key.name, ...scope(info, key), '-o', 'wide']);
    const [header = '', row = ''] = text.split('\n');
    return { header, row };
  }

  explain(info: ResourceInfo): Promise<string> {
    const apiVersion = info.group === '' ? info.version : `${info.group}/${info.version}`;
    return this.run(['explain', info.resource, `--api-version=${apiVersion}`, '--recursive']);
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of every kind
  private async json(args: readonly string[], input?: unknown): Promise<any> {
    return JSON.parse(await this.run(args, input));
  }

  private async run(args: readonly string[], input?: unknown): Promise<string> {
    const { exitCode, stdout, stderr } = await this.cluster.kubectl(
      args,
      input === undefined ? '' : JSON.stringify(input),
      this.kubectl.path,
    );
    if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
}

function scope(info: ResourceInfo, { namespace }: ObjectKey): string[] {
  return info.namespaced ? ['-n', namespace] : [];
}
