import { generateKeyPairSync } from 'node:crypto';
import { type ApiServerConfig, apiServerService } from '@orrery/apiserver';
import { MemoryBroker, type MemoryBus, Subjects } from '@orrery/bus';
import { apiv1 } from '@orrery/proto';
import { MemoryDisk, type VirtualHost, virtualHost } from '@orrery/runtime';
import { type RunningService, startService } from '@orrery/service';
import { storageService } from '@orrery/storage';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly warnings: readonly string[];
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every kind
  readonly body: any;
}

export interface RequestOptions {
  readonly user?: string;
  readonly contentType?: string;
  readonly accept?: string;
}

/** Storage and one API server on a memory bus, in virtual time that runs on whenever somebody waits. */
export class ApiCluster {
  private constructor(
    readonly host: VirtualHost,
    readonly bus: MemoryBus,
    readonly subjects: Subjects,
    private readonly services: RunningService[],
    private readonly config: ApiServerConfig,
  ) {}

  /** `disk`: of a cluster that ran before. */
  static async start(overrides: Partial<ApiServerConfig> = {}, disk = new MemoryDisk()): Promise<ApiCluster> {
    const host = virtualHost({ seed: 1, disk });
    const bus = new MemoryBroker({ timers: host.timers }).connect();
    const subjects = new Subjects('test');
    const context = { host, bus, subjects };
    const facts = { processId: 1, version: 'test' };
    const config = { ...apiServerConfig(), ...overrides };
    const start = async (): Promise<RunningService[]> => [
      await startService(storageService, { member: 'a', members: ['a'] }, { ...context, instance: 'a' }, facts),
      await startService(apiServerService, config, { ...context, instance: 'apiserver-1' }, facts),
    ];
    return new ApiCluster(host, bus, subjects, await drive(host, start()), config);
  }

  /** One request over the bus; a body that is not text is sent as JSON. */
  request(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    return drive(this.host, this.send(method, path, body, options));
  }

  get(path: string, options?: RequestOptions): Promise<Answer> {
    return this.request('GET', path, undefined, options);
  }

  post(path: string, body: unknown, options?: RequestOptions): Promise<Answer> {
    return this.request('POST', path, body, options);
  }

  /** Starts one more API server. */
  async addApiServer(instance: string): Promise<void> {
    const context = { host: this.host, bus: this.bus, subjects: this.subjects, instance };
    const started = startService(apiServerService, this.config, context, { processId: 1, version: 'test' });
    this.services.push(await drive(this.host, started));
  }

  /** Stops one service. */
  async stopService(instance: string): Promise<void> {
    const at = this.services.findIndex((service) => service.instance === instance);
    const [service] = this.services.splice(at, 1);
    if (service) await drive(this.host, service.stop());
  }

  async stop(): Promise<void> {
    const stop = async (): Promise<void> => {
      for (const service of [...this.services].reverse()) await service.stop();
      await this.bus.close();
    };
    await drive(this.host, stop());
  }

  private async send(method: string, path: string, body: unknown, options: RequestOptions): Promise<Answer> {
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const request = apiv1.Request.fromPartial({
      method,
      path,
      contentType: options.contentType ?? 'application/json',
      accept: options.accept ?? 'application/json',
      body: new TextEncoder().encode(text),
    });
    const subject = this.subjects.api(options.user ?? 'system:admin');
    const chunks: apiv1.ResponseChunk[] = [];
    const stream = this.bus.requestMany(subject, apiv1.Request.encode(request).finish(), { timeoutMs: 60_000 });
    for await (const chunk of stream) chunks.push(apiv1.ResponseChunk.decode(chunk));
    const answer = Buffer.concat(chunks.map((chunk) => chunk.body)).toString('utf8');
    const { status = 0, contentType = '', warnings = [] } = chunks[0] ?? {};
    const isJson = contentType.startsWith('application/json');
    return {
      status,
      contentType,
      warnings,
      text: answer,
      body: isJson && answer !== '' ? JSON.parse(answer) : undefined,
    };
  }
}

/** A configuration without HTTPS. */
export function apiServerConfig(): ApiServerConfig {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    advertiseAddress: '192.0.2.1',
    serviceAccount: {
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      issuer: 'https://kubernetes.default.svc.cluster.local',
    },
    serviceCidr: '10.96.0.0/12',
    nodePortRange: { from: 30_000, to: 32_767 },
    certificateAuthority: '',
  };
}

/** Lets virtual time run until the work is done. */
export async function drive<T>(host: VirtualHost, work: Promise<T>): Promise<T> {
  let done = false;
  const finish = (): void => {
    done = true;
  };
  work.then(finish, finish);
  await host.time.runUntil(() => done);
  return work;
}
